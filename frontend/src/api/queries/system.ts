/** What is asked of the daemon about the machine, now and before. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { SystemStats } from "../types";

export const statsQuery = queryOptions({
  queryKey: ["system", "stats"],
  queryFn: ({ signal }): Promise<SystemStats> => answer(api.GET("/api/system/stats", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const systemInfoQuery = queryOptions({
  queryKey: ["system", "info"],
  queryFn: ({ signal }) => answer(api.GET("/api/system/info", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The last so many seconds, or a time between two moments (ISO 8601). */
export type Span = { seconds: number } | { from: string; to: string };

const POINTS = 300;

/**
 * The past of several series on one grid. Of what reaches up to now a new point comes with each step, and the answer
 * is asked for anew that often; of what is over it stays.
 */
export const pastQuery = (metrics: readonly string[], span: Span, points = POINTS) =>
  queryOptions({
    queryKey: ["past", metrics, span, points],
    queryFn: async ({ signal }) => {
      const times = "seconds" in span ? { from: secondsAgo(span.seconds) } : span;
      const query = { metric: [...metrics], points, ...times };
      return (await answer(api.GET("/api/system/history/series", { params: { query }, signal }))).series;
    },
    ...("seconds" in span ? { refetchInterval: renewal(span.seconds, points) } : {}),
    staleTime: "seconds" in span ? 0 : Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

/** How long an answer holds, milliseconds: what the page hears itself in the meantime it adds. */
const renewal = (seconds: number, points: number) => Math.min(Math.max(seconds / points, 60), 15 * 60) * 1000;

export type ProcessOrder = "cpu" | "memory";

export const processesQuery = (sort: ProcessOrder) =>
  queryOptions({
    queryKey: ["system", "processes", sort],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/system/processes", { params: { query: { limit: 100, sort } }, signal })),
    refetchInterval: 3_000,
    placeholderData: keepPreviousData,
  });
