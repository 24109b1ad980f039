/** What is asked of the daemon about rules and what they found. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";

/** No event tells of a measurement that changes. */
const MEASURED_EVERY = 4_000; // milliseconds

/** The alerts that fire now. */
export const firingQuery = queryOptions({
  queryKey: ["alerts", "firing"],
  queryFn: ({ signal }) => answer(api.GET("/api/alerts", { params: { query: { state: "firing" } }, signal })),
  refetchInterval: ({ state }) =>
    state.data?.alerts.some(({ kind }) => kind === "metric") ? MEASURED_EVERY : false,
});

const ALERTS_A_PAGE = 50;

/** Those that ended, the newest first. */
export const pastAlertsQuery = infiniteQueryOptions({
  queryKey: ["alerts", "past"],
  queryFn: ({ signal, pageParam }) => {
    const query = {
      state: "resolved" as const,
      limit: ALERTS_A_PAGE,
      ...(pageParam === null ? {} : { before: pageParam }),
    };
    return answer(api.GET("/api/alerts", { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.cursor,
});

/** What each rule sees now. */
export const rulesQuery = queryOptions({
  queryKey: ["alerts", "rules"],
  queryFn: ({ signal }) => answer(api.GET("/api/alerts/rules", { signal })),
  refetchInterval: MEASURED_EVERY,
});
