/** What was done through the palette, the last first; remembered in the browser. */
import { remember, remembered } from "../remembered";

const KEY = "control-center.recent";
const KEPT = 12;

export function recentIds(): string[] {
  try {
    const kept: unknown = JSON.parse(remembered(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

export function noteUse(id: string): void {
  const others = recentIds().filter((one) => one !== id);
  remember(KEY, JSON.stringify([id, ...others].slice(0, KEPT)));
}
