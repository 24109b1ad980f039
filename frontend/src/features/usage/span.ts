/** How many days the Usage place shows; kept in its address. */
export const SPANS = [7, 30, 90, 365] as const;
export const USUAL_SPAN = 30;

export interface UsageSearch {
  days?: number;
}

/** Reads the search parameters of the Usage place, whoever typed them. */
export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const days = SPANS.find((span) => span === Number(search.days));
  return days && days !== USUAL_SPAN ? { days } : {};
}
