export const SYSTEM_TABS = ["charts", "processes", "ports"] as const;
export type SystemTab = (typeof SYSTEM_TABS)[number];

/** What the System place keeps in its URL. */
export interface SystemSearch {
  /** Minutes that the charts span. */
  minutes?: number;
  sort?: "memory";
  q?: string;
  port?: number;
  start?: number;
  end?: number;
}

export const SPANS = [5, 15, 60] as const;

const portNumber = (value: unknown): number | undefined => {
  const port = Number(value);
  return value !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
};

/** Reads the search parameters of the System place, whoever typed them. */
export function readSystemSearch(search: Record<string, unknown>): SystemSearch {
  const minutes = SPANS.find((span) => span === Number(search.minutes));
  const [port, start, end] = [portNumber(search.port), portNumber(search.start), portNumber(search.end)];
  return {
    ...(minutes ? { minutes } : {}),
    ...(search.sort === "memory" ? { sort: "memory" as const } : {}),
    ...(search.q ? { q: String(search.q) } : {}),
    ...(port ? { port } : {}),
    ...(start ? { start } : {}),
    ...(end ? { end } : {}),
  };
}
