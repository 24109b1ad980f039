/** What is asked of the daemon about crashes, moments of the past and bundles for a report. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Bundle, BundleAsked } from "../types";

const CRASHES_A_PAGE = 20;

/** The ends of a service that nobody wanted, the newest first. */
export const crashesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["crashes", id],
    queryFn: ({ signal, pageParam }) => {
      const query = { limit: CRASHES_A_PAGE, ...(pageParam === null ? {} : { before: pageParam }) };
      const params = { path: { service_id: id }, query };
      return answer(api.GET("/api/services/{service_id}/crashes", { params, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });

/** All that is known of a moment, ISO 8601. */
export const momentQuery = (at: string) =>
  queryOptions({
    queryKey: ["moment", at],
    queryFn: ({ signal }) => answer(api.GET("/api/moment", { params: { query: { at } }, signal })),
    placeholderData: keepPreviousData,
  });

/** What a bundle would hold, and what would be struck out of it. */
export const bundleQuery = (asked: BundleAsked) =>
  queryOptions({
    queryKey: ["bundle", asked],
    queryFn: ({ signal }) => {
      // The API answers with a file where no dry run is asked for, so its type is open.
      const call = api.POST("/api/incidents", { params: { query: { dry_run: true } }, body: asked, signal });
      return answer(call as Promise<{ data?: Bundle; error?: unknown; response: Response }>);
    },
    gcTime: 0,
  });
