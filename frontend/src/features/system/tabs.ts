import { type RangeSearch, readRange } from "./history/range";

export const SYSTEM_TABS = ["charts", "hardware", "processes", "ports"] as const;
export type SystemTab = (typeof SYSTEM_TABS)[number];

/** What the System place keeps in its URL. */
export interface SystemSearch extends RangeSearch {
  sort?: "memory";
  q?: string;
  port?: number;
  start?: number;
  end?: number;
}

const portNumber = (value: unknown): number | undefined => {
  const port = Number(value);
  return value !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
};

/** Reads the search parameters of the System place, whoever typed them. */
export function readSystemSearch(search: Record<string, unknown>): SystemSearch {
  const [port, start, end] = [portNumber(search.port), portNumber(search.start), portNumber(search.end)];
  return {
    ...readRange(search),
    ...(search.sort === "memory" ? { sort: "memory" as const } : {}),
    ...(search.q ? { q: String(search.q) } : {}),
    ...(port ? { port } : {}),
    ...(start ? { start } : {}),
    ...(end ? { end } : {}),
  };
}
