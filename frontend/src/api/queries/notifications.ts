/** What is asked of the daemon about who is told, and what became of it. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { Delivery } from "../types";

/** Who is told what happens, and how that goes. */
export const targetsQuery = queryOptions({
  queryKey: ["notifications", "targets"],
  queryFn: ({ signal }) => answer(api.GET("/api/notifications/targets", { signal })),
  refetchInterval: 10_000,
});

const DELIVERIES_A_PAGE = 50;

export const deliveriesQuery = ({ state }: { state?: Delivery["state"] }) =>
  infiniteQueryOptions({
    queryKey: ["notifications", "deliveries", state],
    queryFn: ({ signal, pageParam }) => {
      const query = {
        limit: DELIVERIES_A_PAGE,
        ...(state ? { state } : {}),
        ...(pageParam === null ? {} : { before: pageParam }),
      };
      return answer(api.GET("/api/notifications/deliveries", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
