/** Which messages are listed; it lives in the URL. */
import type { Delivery } from "@/api/types";
import { STATES } from "./words";

export interface DeliverySearch {
  state?: Delivery["state"];
}

export function readDeliverySearch({ state }: Record<string, unknown>): DeliverySearch {
  const known = (Object.keys(STATES) as Delivery["state"][]).find((one) => one === state);
  return known ? { state: known } : {};
}
