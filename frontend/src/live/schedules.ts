/** What the daemon tells of schedules, and what it does to the cache. */
import type { QueryClient } from "@tanstack/react-query";
import { rereadSoon } from "./reread";

export function schedulesMoved(cache: QueryClient): void {
  rereadSoon(cache, "schedules");
}

/** Its times are others from now on. */
export function calendarMoved(cache: QueryClient): void {
  schedulesMoved(cache);
  rereadSoon(cache, "calendar");
}
