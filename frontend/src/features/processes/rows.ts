/** The rows of a log on the screen: which are drawn, and how scrolling, following and selecting go together. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect } from "react";
import { useForgottenHeights } from "@/design/heights";
import type { LogFeed } from "./feed";
import { selectedRows } from "./selection";
import type { LogView } from "./view";

/** Height of a row that does not wrap, pixels. */
const ROW = 20;
/** Room above the first row, pixels. */
const TOP = 28;
/** How near to the first row the next older page is asked for, pixels. */
const AHEAD = 1_200;

export function useRows(
  list: RefObject<HTMLDivElement | null>,
  view: LogView,
  wrap: boolean,
  pinned: RefObject<number[]>,
) {
  const rows = useVirtualizer({
    count: view.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW,
    getItemKey: (row) => view.id(row),
    overscan: 24,
    paddingStart: TOP,
    paddingEnd: 8,
    anchorTo: "end",
    rangeExtractor: ({ startIndex, endIndex, overscan, count: all }) => {
      const first = Math.max(0, startIndex - overscan);
      const last = Math.min(all - 1, endIndex + overscan);
      const seen = new Set(pinned.current.map((id) => view.row(id)).filter((row) => row >= 0 && row < all));
      for (let row = first; row <= last; row += 1) seen.add(row);
      return [...seen].sort((a, b) => a - b);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: every height is another once lines wrap or no longer do
  useEffect(() => rows.measure(), [wrap]);
  useForgottenHeights(rows);
  return rows;
}

export type Rows = ReturnType<typeof useRows>;

interface Scrolling {
  list: RefObject<HTMLDivElement | null>;
  feed: LogFeed;
  sticks: RefObject<boolean>;
  release: () => void;
  toEnd: () => void;
}

/** Sticks to the end while following, lets go at the first scroll up, and reads older pages ahead of the reader. */
export function useScrolling({ list, feed, sticks, release, toEnd }: Scrolling): void {
  useLayoutEffect(() => {
    const element = list.current;
    if (element && sticks.current) element.scrollTop = element.scrollHeight;
  });
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    let top = element.scrollTop;
    const onScroll = () => {
      const up = element.scrollTop < top - 1;
      top = element.scrollTop;
      const left = element.scrollHeight - element.clientHeight - top;
      if (sticks.current && up && left > 4) release();
      else if (!sticks.current && !up && left < 4 && !feed.buffer.detached) toEnd();
      if (!sticks.current && top < AHEAD) feed.older();
    };
    // Before the virtual list hears of it: that draws at once, and drawing sticks to the end.
    const early = { passive: true, capture: true };
    element.addEventListener("scroll", onScroll, early);
    return () => element.removeEventListener("scroll", onScroll, early);
  }, [list, feed, sticks, release, toEnd]);
}

export function useSelectionPins(list: RefObject<HTMLDivElement | null>, pinned: RefObject<number[]>): void {
  useEffect(() => {
    const onChange = () => {
      pinned.current = list.current ? selectedRows(list.current) : [];
    };
    document.addEventListener("selectionchange", onChange);
    return () => document.removeEventListener("selectionchange", onChange);
  }, [list, pinned]);
}

export function viewportStart(rows: Rows, view: LogView, following: boolean): number {
  if (following) return view.id(view.length - 1) + 1;
  const offset = rows.scrollOffset ?? 0;
  const first = rows.getVirtualItems().find((item) => item.end > offset);
  return first ? view.id(first.index) : 0;
}
