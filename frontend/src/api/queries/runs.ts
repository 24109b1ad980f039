/** What is asked of the daemon about what runs and what ran. */
import { infiniteQueryOptions, keepPreviousData, queryOptions, skipToken } from "@tanstack/react-query";
import { startOf } from "@/design/format";
import { answer, api } from "../client";
import type { Run, RunStatus } from "../types";

/** The runs that have not finished. Only the socket tells them. */
export const activeRunsQuery = queryOptions<Run[]>({ queryKey: ["active runs"], queryFn: skipToken });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: async ({ signal }) => {
      const { run: _, ...run } = await answer(
        api.GET("/api/runs/{run_id}", { params: { path: { run_id: id } }, signal }),
      );
      return run as Run;
    },
  });

/** The files that a run has left so far, and what it reported. */
export const resultsQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id, "results"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/runs/{run_id}/results", { params: { path: { run_id: id } }, signal })),
  });

/** What a run has used so far; what it uses from then on the socket tells. */
export const runUsageQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id, "usage"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/runs/{run_id}/usage", { params: { path: { run_id: id } }, signal })),
  });

const RUNS_A_PAGE = 50;

export interface RunSelection {
  module?: string;
  status?: RunStatus;
  /** Words that occur in it. */
  q?: string;
  /** Asked for within so many hours. */
  hours?: number;
  /** Asked for on this day or later, and on this day or earlier: local days, as 2026-11-21. */
  from?: string;
  to?: string;
}

/** The parameters of the API for it, as of now. */
function asQuery({ module, status, q, hours, from, to }: RunSelection) {
  const since = hours ? new Date(Date.now() - hours * 3_600_000) : from && startOf(from);
  const until = to && startOf(to, 1);
  return {
    ...(module ? { module_id: module } : {}),
    ...(status ? { status } : {}),
    ...(q ? { q } : {}),
    ...(since ? { since: since.toISOString() } : {}),
    ...(until ? { until: until.toISOString() } : {}),
  };
}

export const runsQuery = (selection: RunSelection, limit = RUNS_A_PAGE) =>
  infiniteQueryOptions({
    queryKey: ["runs", { ...selection, limit }],
    queryFn: async ({ signal, pageParam }) => {
      const query = {
        limit,
        ...asQuery(selection),
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      const page = await answer(api.GET("/api/runs", { params: { query }, signal }));
      return { ...page, runs: page.runs as Run[] };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
  });
