/** Which runs the history shows, and which of them are picked to be compared; all of it lives in the URL. */
import type { RunSelection } from "@/api/queries";
import { listOf } from "@/searchParameters";
import { RUN_STATUSES } from "./statuses";

export interface RunSearch extends RunSelection {
  pick?: string[];
}

/** Two are compared. */
export const PICKS = 2;

/** Reads it out of search parameters that anyone may have typed. */
export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const status = RUN_STATUSES.find((one) => one === search.status);
  const pick = listOf(search.pick).slice(0, PICKS);
  return {
    ...(search.module ? { module: String(search.module) } : {}),
    ...(status ? { status } : {}),
    ...(pick.length > 0 ? { pick } : {}),
  };
}

/** The picks with `id` taken out or put in; of too many the oldest goes. */
export function picked(picks: readonly string[], id: string): string[] {
  return picks.includes(id) ? picks.filter((one) => one !== id) : [...picks, id].slice(-PICKS);
}
