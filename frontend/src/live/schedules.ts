/** What the daemon tells of schedules, and what it does to the cache. */
import type { QueryClient } from "@tanstack/react-query";
import { scheduleEventsQuery } from "@/api/queries";
import type { Event } from "@/api/types";
import { reread, rereadSoon } from "./reread";

export function schedulesMoved(cache: QueryClient, event: Event): void {
  rereadSoon(cache, "schedules");
  reread(cache, { queryKey: scheduleEventsQuery(Number(event.subject)).queryKey });
}

/** Its times are others from now on. */
export function calendarMoved(cache: QueryClient, event: Event): void {
  schedulesMoved(cache, event);
  rereadSoon(cache, "calendar");
}
