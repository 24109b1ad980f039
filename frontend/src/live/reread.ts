/** Asking the daemon again for what may have changed. */
import type { InvalidateQueryFilters, QueryClient } from "@tanstack/react-query";

/**
 * Asks again. An answer that is on its way may be older than what just happened, and the cache would take it for the
 * new one where it has none yet: so it is not waited for.
 */
export function reread(cache: QueryClient, filters: InvalidateQueryFilters = {}): void {
  void cache.cancelQueries(filters).then(() => cache.invalidateQueries(filters));
}

/** Lists are asked for at most this often, however much happens; milliseconds. */
const PAUSE = 400;

const waiting = new WeakMap<QueryClient, Set<string>>();

/** Asks again for the queries whose keys begin with `name`, together with all else that happens within a moment. */
export function rereadSoon(cache: QueryClient, name: string): void {
  const names = waiting.get(cache) ?? new Set();
  waiting.set(cache, names);
  if (names.has(name)) return;
  names.add(name);
  setTimeout(() => {
    names.delete(name);
    reread(cache, { queryKey: [name] });
  }, PAUSE);
}
