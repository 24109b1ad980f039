/** How close things stand: the person's choice, remembered in the browser. */
import { useSyncExternalStore } from "react";
import { remember } from "./remembered";

const KEY = "control-center.density";

export const DENSITIES = [
  { value: "comfortable", label: "Comfortable" },
  { value: "compact", label: "Compact" },
] as const;

export type Density = (typeof DENSITIES)[number]["value"];

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const current = (): Density =>
  document.documentElement.dataset.density === "compact" ? "compact" : "comfortable";

export function chooseDensity(value: Density): void {
  document.documentElement.dataset.density = value;
  remember(KEY, value);
  for (const listener of listeners) listener();
}

export function useDensity(): Density {
  return useSyncExternalStore(subscribe, current);
}
