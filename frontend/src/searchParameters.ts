/** Search parameters as people type them: plain words, and a repeated name for a list. */

export function parseSearch(text: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(text);
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length > 1 ? values : (values[0] ?? "")];
    }),
  );
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

/** What a parameter gives as a list: nothing, one word or several. */
export function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String).filter(Boolean);
}

/** `values` with `value` put in or taken out; undefined once none is left. */
export function toggled<Value>(values: readonly Value[] | undefined, value: Value): Value[] | undefined {
  const rest = (values ?? []).filter((one) => one !== value);
  if (rest.length === (values ?? []).length) rest.push(value);
  return rest.length === 0 ? undefined : rest;
}

/** What becomes other of `Search`; undefined takes it away. */
export type ChangesOf<Search> = { [Key in keyof Search]?: Search[Key] | undefined };

/** With changes, and without what is empty or false. */
export function withChanges<Search extends object>(search: Search, changes: ChangesOf<Search>): Search {
  return Object.fromEntries(Object.entries({ ...search, ...changes }).filter(([, value]) => value)) as Search;
}

/** What `read` makes of an address, and nothing else: the router alone would hand on what was read as nothing, as it is. */
export function understood<Search extends object>(read: (search: Record<string, unknown>) => Search) {
  return (search: Record<string, unknown>): Search => ({
    ...Object.fromEntries(Object.keys(search).map((name) => [name, undefined])),
    ...read(search),
  });
}
