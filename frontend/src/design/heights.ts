/** A virtual list keeps the height of every row that it ever measured; one that goes on for days forgets those that left. */
import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect } from "react";

interface Measured {
  itemSizeCache: Virtualizer<HTMLElement, Element>["itemSizeCache"];
  options: Pick<Virtualizer<HTMLElement, Element>["options"], "count" | "getItemKey">;
}

/** Rows that have left may be known as long as they are fewer than those that are there, and as these. */
const SPARE = 100;

export function useForgottenHeights(rows: Measured): void {
  useEffect(() => forgetGone(rows));
}

export function forgetGone({ itemSizeCache, options: { count, getItemKey } }: Measured): void {
  if (itemSizeCache.size <= 2 * count + SPARE) return;
  const there = new Set(Array.from({ length: count }, (_, row) => getItemKey(row)));
  for (const key of itemSizeCache.keys()) if (!there.has(key)) itemSizeCache.delete(key);
}
