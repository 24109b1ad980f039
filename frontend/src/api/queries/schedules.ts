/** What is asked of the daemon about what runs when. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";

/** All schedules, and the zone of the machine. */
export const schedulesQuery = queryOptions({
  queryKey: ["schedules"],
  queryFn: ({ signal }) => answer(api.GET("/api/schedules", { signal })),
});

/** `days` days from the day `from` on, as they are in `zone`. */
export const calendarQuery = (from: string, days: number, zone: string) =>
  queryOptions({
    queryKey: ["calendar", from, days, zone],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/schedules/calendar", { params: { query: { from, days, zone } }, signal })),
    // Runs come and end by themselves; what people change is told by events.
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
