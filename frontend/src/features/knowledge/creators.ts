/** Which creators are shown; all of it lives in the URL. */
import type { Creator, Tier } from "@/api/types";

export const TIERS: readonly Tier[] = ["critical", "high", "medium", "low"];

export interface CreatorFilter {
  q?: string;
  priority?: Tier;
  /** Only those from whom is to be fetched now. */
  due?: true;
}

/** Reads a filter out of search parameters that anyone may have typed. */
export function readCreatorFilter({ q, priority, due }: Record<string, unknown>): CreatorFilter {
  return {
    ...(q ? { q: String(q) } : {}),
    ...((TIERS as readonly string[]).includes(String(priority)) ? { priority: priority as Tier } : {}),
    ...(due === "true" || due === true ? { due: true } : {}),
  };
}

/** Every word of `q` must occur in the name, the id, the focus or a category. */
export function fitting(creators: readonly Creator[], { q = "", priority, due }: CreatorFilter): Creator[] {
  const wanted = q.toLowerCase().split(/\s+/).filter(Boolean);
  return creators.filter((one) => {
    const text = [one.name, one.id, one.handle, one.focus, ...(one.knowledge_categories ?? [])]
      .filter(Boolean)
      .join(" ")
      .toLowerCase();
    return (
      wanted.every((word) => text.includes(word)) &&
      (priority === undefined || one.priority === priority) &&
      (!due || one.due)
    );
  });
}
