/** What is asked of the daemon about what happened. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { paths } from "../schema";

const EVENTS_A_PAGE = 50;

/** What happened to one thing. Areas may use the same ids: those of a service and of a module are people's choice. */
export const eventsQuery = (area: string, subject: string) =>
  infiniteQueryOptions({
    queryKey: ["events", area, subject],
    queryFn: ({ signal, pageParam }) =>
      readEvents(
        { area: [area], subject },
        { limit: EVENTS_A_PAGE, ...(pageParam === null ? {} : { before: pageParam }) },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });

type EventSelection = Pick<
  NonNullable<paths["/api/events"]["get"]["parameters"]["query"]>,
  "area" | "type" | "subject" | "actor" | "cause" | "q" | "from" | "to"
>;

/** A page of the journal: the newest first, or after `since` the oldest first. */
export const readEvents = (
  selection: EventSelection,
  bounds: { before?: number; since?: number; limit: number },
  signal: AbortSignal,
) => answer(api.GET("/api/events", { params: { query: { ...selection, ...bounds } }, signal }));

/** One event by its id; none where it is no longer kept. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["event", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/events/{event_id}", { params: { path: { event_id: id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The types of events that are in the journal, each with its area. */
export const eventTypesQuery = queryOptions({
  queryKey: ["event types"],
  queryFn: ({ signal }) => answer(api.GET("/api/events/types", { signal })),
});
