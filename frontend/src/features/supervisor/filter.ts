/** Which services a list shows; all of it lives in the URL. */
import type { ServiceView, Status } from "@/api/types";
import { listOf } from "@/searchParameters";
import { STATUSES } from "./statuses";

const VIEWS = ["cards", "list", "graph"] as const;
export type View = (typeof VIEWS)[number];

export interface ServiceFilter {
  q?: string;
  tag?: string[];
  state?: Status[];
  view?: View;
}

/** Reads a filter out of search parameters that anyone may have typed. */
export function readFilter(search: Record<string, unknown>): ServiceFilter {
  const tag = listOf(search.tag);
  const state = STATUSES.filter((status) => listOf(search.state).includes(status));
  const view = VIEWS.find((one) => one === search.view);
  return {
    ...(search.q ? { q: String(search.q) } : {}),
    ...(tag.length > 0 ? { tag } : {}),
    ...(state.length > 0 ? { state } : {}),
    ...(view && view !== "cards" ? { view } : {}),
  };
}

export function isFiltering({ q, tag, state }: ServiceFilter): boolean {
  return Boolean(q || tag || state);
}

/** Every word of `q` must occur in the name, id, description or tags; any of the tags, any of the states. */
export function matching(services: readonly ServiceView[], filter: ServiceFilter): ServiceView[] {
  const wanted = (filter.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return services.filter((service) => {
    const text = [service.name, service.id, service.description, ...service.tags].join(" ").toLowerCase();
    return (
      wanted.every((word) => text.includes(word)) &&
      (!filter.tag || filter.tag.some((tag) => service.tags.includes(tag))) &&
      (!filter.state || filter.state.includes(service.status))
    );
  });
}

export function allTags(services: readonly ServiceView[]): string[] {
  return [...new Set(services.flatMap((service) => service.tags))].sort((a, b) => a.localeCompare(b));
}
