/** Which runs the history shows, and which of them are picked to be compared; all of it lives in the URL. */
import type { RunSelection } from "@/api/queries/runs";
import { listOf } from "@/searchParameters";
import { RUN_STATUSES } from "./statuses";

export interface RunSearch extends RunSelection {
  pick?: string[];
}

/** Two are compared. */
export const PICKS = 2;

/** Hours back from now that can be chosen. */
export const SPANS: Record<number, string> = {
  1: "The last hour",
  24: "The last 24 hours",
  168: "The last 7 days",
  720: "The last 30 days",
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads it out of search parameters that anyone may have typed. */
export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const status = RUN_STATUSES.find((one) => one === search.status);
  const pick = listOf(search.pick).slice(0, PICKS);
  return {
    ...(search.module ? { module: String(search.module) } : {}),
    ...(status ? { status } : {}),
    ...(search.q ? { q: String(search.q) } : {}),
    ...readTimes(search),
    ...(pick.length > 0 ? { pick } : {}),
  };
}

function readTimes({
  hours,
  from,
  to,
}: Record<string, unknown>): Pick<RunSelection, "hours" | "from" | "to"> {
  if (Number(hours) in SPANS) return { hours: Number(hours) };
  return {
    ...(DAY.test(String(from)) ? { from: String(from) } : {}),
    ...(DAY.test(String(to)) ? { to: String(to) } : {}),
  };
}

/** What is looked for, without what is picked. */
export function selectionOf({ pick: _, ...selection }: RunSearch): RunSelection {
  return selection;
}

export function isNarrowed(search: RunSearch): boolean {
  return Object.keys(selectionOf(search)).length > 0;
}

/** The picks with `id` taken out or put in; of too many the oldest goes. */
export function picked(picks: readonly string[], id: string): string[] {
  return picks.includes(id) ? picks.filter((one) => one !== id) : [...picks, id].slice(-PICKS);
}
