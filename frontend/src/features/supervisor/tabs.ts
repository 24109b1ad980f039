import { type LogSearch, readLogSearch } from "@/features/processes/address";
import { type RangeSearch, readRange } from "@/features/system/history/range";

export const SERVICE_TABS = ["logs", "health", "resources", "crashes", "configuration", "events"] as const;
export type ServiceTab = (typeof SERVICE_TABS)[number];

/** What the page of a service keeps in its URL: how its log and its charts are looked at. */
export type ServiceSearch = LogSearch & RangeSearch;

export function readServiceSearch(search: Record<string, unknown>): ServiceSearch {
  return { ...readLogSearch(search), ...readRange(search) };
}
