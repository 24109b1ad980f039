/** What is asked of the daemon about calls of AI providers and what they cost. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { CallFlag } from "../types";

/** What the last `days` days have cost, in every way that the Usage place shows it. */
export const usageQuery = (days: number) =>
  queryOptions({
    queryKey: ["usage", days],
    queryFn: async ({ signal }) => {
      const params = { query: { days } };
      const [summary, history, byModel, byService, budgets] = await Promise.all([
        answer(api.GET("/api/usage/summary", { params, signal })),
        answer(api.GET("/api/usage/history", { params, signal })),
        answer(api.GET("/api/usage/by-model", { params, signal })),
        answer(api.GET("/api/usage/by-service", { params, signal })),
        answer(api.GET("/api/usage/budgets", { signal })),
      ]);
      return {
        summary,
        days: history.days,
        models: byModel.models,
        services: byService.services,
        budgets: budgets.budgets,
      };
    },
    refetchInterval: USAGE_SECONDS * 1000,
    placeholderData: keepPreviousData,
  });

/** What today has cost so far, and how the budgets stand. */
export const spendTodayQuery = queryOptions({
  queryKey: ["usage", "today"],
  queryFn: ({ signal }) => answer(api.GET("/api/usage/summary", { params: { query: { days: 1 } }, signal })),
  refetchInterval: 30_000,
});

export const budgetsQuery = queryOptions({
  queryKey: ["usage", "budgets"],
  queryFn: async ({ signal }) => (await answer(api.GET("/api/usage/budgets", { signal }))).budgets,
  refetchInterval: 30_000,
});

const USAGE_SECONDS = 10;
const CALLS_A_PAGE = 50;

/** Calls of the last `days` days: of a service, of a model, with a fault. */
export interface CallSelection {
  days: number;
  service?: string;
  model?: string;
  flag?: CallFlag;
}

/** Single calls, the newest first. */
export const callsQuery = (selection: CallSelection) =>
  infiniteQueryOptions({
    queryKey: ["usage", "calls", selection],
    queryFn: ({ signal, pageParam }) => {
      const query = {
        ...selection,
        limit: CALLS_A_PAGE,
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      return answer(api.GET("/api/usage/calls", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    refetchInterval: USAGE_SECONDS * 1000,
    placeholderData: keepPreviousData,
  });
