/** j and k move the focus among the `[data-row]` elements of a list. */
import type { RefObject } from "react";
import { useKeys } from "./keys";

/** `what` one row is, as a word. */
export function useRowMoves(list: RefObject<HTMLElement | null>, what: string): void {
  const move = (step: number) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
    const within = document.activeElement?.closest("[data-service], tr, article, li");
    const at = all.findIndex((row) => within?.contains(row));
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
    all[next]?.focus();
    all[next]?.closest("[data-service], tr, article, li")?.scrollIntoView({ block: "nearest" });
  };
  useKeys([
    { keys: "j", does: `Next ${what}`, run: () => move(1) },
    { keys: "k", does: `Previous ${what}`, run: () => move(-1) },
    // A focused link answers Enter by itself; this is for the list of keys.
    { keys: "Enter", does: `Open the ${what}`, run: () => undefined },
  ]);
}
