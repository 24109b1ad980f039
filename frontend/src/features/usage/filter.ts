/** What the Usage place shows: of how many days, and which of their calls; kept in its address. */
import type { CallSelection } from "@/api/queries/usage";
import type { CallFlag } from "@/api/types";

export const SPANS = [7, 30, 90, 365] as const;
export const USUAL_SPAN = 30;

/** What can be the matter with a call, and how those that have it are called. */
export const FLAGS: Record<CallFlag, string> = {
  unpriced: "Unpriced calls",
  unmetered: "Unmetered calls",
  failed: "Failed calls",
};

export type UsageSearch = Partial<CallSelection>;

/** Reads the search parameters of the Usage place, whoever typed them. */
export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const days = SPANS.find((span) => span === Number(search.days));
  const flag = (Object.keys(FLAGS) as CallFlag[]).find((one) => one === search.flag);
  return {
    ...(days && days !== USUAL_SPAN ? { days } : {}),
    ...(flag ? { flag } : {}),
    ...(search.service ? { service: String(search.service) } : {}),
    ...(search.model ? { model: String(search.model) } : {}),
  };
}
