/** The log of a service: live, searchable, and as far back as it goes. */

import { useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type ClipboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { count } from "@/design/format";
import { ToEndIcon } from "@/design/icons";
import { Empty } from "@/design/states";
import { useKeys } from "@/shell/keys";
import type { LogSearch } from "./address";
import { LogFeed } from "./feed";
import { LogRow } from "./LogRow";
import { LogTools } from "./LogTools";
import classes from "./LogViewer.module.css";
import { compile } from "./search";
import { selectedRows, selectedText, textBetween } from "./selection";
import { LogView, lowerBound } from "./view";

const ROW = 20;
const TOP = 28;
/** How near to the first line the next older page is asked for, pixels. */
const AHEAD = 1_200;

export default function LogViewer({ serviceId, logFile }: { serviceId: string; logFile: string }) {
  const feed = useFeed(serviceId);
  const search = useSearch({ from: "/services/$id/$tab" });
  const query = useMemo(
    () => compile({ text: search.q ?? "", regex: search.regex === "yes" }),
    [search.q, search.regex],
  );
  const view = useView(feed, search, query.pattern);
  const [following, setFollowing] = useState(true);
  const [current, setCurrent] = useState<number | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const pinned = useRef<number[]>([]);
  const wrap = search.wrap !== "no";
  const rows = useRows(list, view, wrap, pinned);

  const release = useCallback(() => {
    setFollowing(false);
    feed.hold(true);
  }, [feed]);
  const toEnd = useCallback(() => {
    setFollowing(true);
    feed.toEnd();
  }, [feed]);
  useScrolling({ list, feed, following, release, toEnd });
  useSelectionPins(list, pinned);

  const step = (direction: 1 | -1) => {
    const next = nextMatch(
      view,
      current ?? viewportStart(rows, view, following),
      direction,
      current !== null,
    );
    if (next === null) return;
    release();
    setCurrent(next);
    rows.scrollToIndex(view.row(next), { align: "center" });
  };
  useKeys([
    { keys: "/", does: "Search the log", run: () => field.current?.select() },
    { keys: "n", does: "Next match", run: () => step(1) },
    { keys: "N", does: "Previous match", run: () => step(-1) },
    { keys: "f", does: "Follow the log, or stop following", run: () => (following ? release() : toEnd()) },
  ]);

  const copyAll = () => {
    const from = { id: feed.buffer.firstId, offset: 0 };
    const to = { id: feed.buffer.lastId, offset: Number.POSITIVE_INFINITY };
    return navigator.clipboard.writeText(textBetween(from, to, view, feed.buffer));
  };
  const onCopy = (event: ClipboardEvent) => {
    const text = list.current && selectedText(list.current, view, feed.buffer);
    if (text === null) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };

  return (
    <div className={classes.viewer}>
      <LogTools
        search={search}
        fault={query.fault}
        found={view.matches.length}
        place={current === null ? null : lowerBound(view.matches, current) + 1}
        field={field}
        step={step}
        copyAll={copyAll}
        serviceId={serviceId}
      />
      <div
        ref={list}
        className={classes.list}
        tabIndex={0}
        role="log"
        aria-label={`Log ${logFile}`}
        aria-live="off"
        data-wrap={wrap || undefined}
        onCopy={onCopy}
        onDoubleClick={copyPath}
      >
        {view.length === 0 ? (
          <NothingToShow feed={feed} filtered={search.level !== undefined} />
        ) : (
          <div className={classes.canvas} style={{ height: rows.getTotalSize() }}>
            <div className={classes.top}>{topWords(feed)}</div>
            {rows.getVirtualItems().map((item) => {
              const id = view.id(item.index);
              const line = feed.buffer.line(id);
              return (
                line && (
                  <div
                    key={item.key}
                    ref={wrap ? rows.measureElement : undefined}
                    data-index={item.index}
                    data-line={id}
                    className={classes.row}
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    <LogRow
                      line={line}
                      pattern={query.pattern}
                      current={id === current}
                      time={search.time !== "no"}
                    />
                  </div>
                )
              );
            })}
          </div>
        )}
      </div>
      {!following && <ToEnd waiting={feed.buffer.waiting} toEnd={toEnd} />}
      <Foot feed={feed} shown={view.length} following={following} />
    </div>
  );
}

function useFeed(serviceId: string): LogFeed {
  const [feed] = useState(() => new LogFeed(`service:${serviceId}`));
  useEffect(() => {
    feed.open();
    return () => feed.close();
  }, [feed]);
  return feed;
}

function useView(feed: LogFeed, search: LogSearch, pattern: RegExp | null): LogView {
  const revision = useSyncExternalStore(feed.subscribe, () => feed.revision);
  const [view] = useState(() => new LogView(feed.buffer));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the revision says that the buffer changed
  useMemo(() => {
    view.choose(search.level ?? null, pattern);
    view.sync();
  }, [view, revision, search.level, pattern]);
  return view;
}

function useRows(
  list: React.RefObject<HTMLDivElement | null>,
  view: LogView,
  wrap: boolean,
  pinned: React.RefObject<number[]>,
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
  return rows;
}

type Rows = ReturnType<typeof useRows>;

interface Scrolling {
  list: React.RefObject<HTMLDivElement | null>;
  feed: LogFeed;
  following: boolean;
  release: () => void;
  toEnd: () => void;
}

/** Sticks to the end while following, lets go at the first scroll up, and reads older pages ahead of the reader. */
function useScrolling({ list, feed, following, release, toEnd }: Scrolling): void {
  useLayoutEffect(() => {
    const element = list.current;
    if (element && following) element.scrollTop = element.scrollHeight;
  });
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    let top = element.scrollTop;
    const onScroll = () => {
      const up = element.scrollTop < top - 1;
      top = element.scrollTop;
      const left = element.scrollHeight - element.clientHeight - top;
      if (following && up && left > ROW) release();
      if (!following && !up && left < 4 && !feed.buffer.detached) toEnd();
      if (!following && top < AHEAD) feed.older();
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [list, feed, following, release, toEnd]);
}

function useSelectionPins(
  list: React.RefObject<HTMLDivElement | null>,
  pinned: React.RefObject<number[]>,
): void {
  useEffect(() => {
    const onChange = () => {
      pinned.current = list.current ? selectedRows(list.current) : [];
    };
    document.addEventListener("selectionchange", onChange);
    return () => document.removeEventListener("selectionchange", onChange);
  }, [list, pinned]);
}

function viewportStart(rows: Rows, view: LogView, following: boolean): number {
  if (following) return view.id(view.length - 1) + 1;
  const offset = rows.scrollOffset ?? 0;
  const first = rows.getVirtualItems().find((item) => item.end > offset);
  return first ? view.id(first.index) : 0;
}

/** The match after or before `from`, round the end; the first step may also take the one at `from`. */
function nextMatch(view: LogView, from: number, direction: 1 | -1, moved: boolean): number | null {
  const { matches } = view;
  if (matches.length === 0) return null;
  const at = direction === 1 ? lowerBound(matches, moved ? from + 1 : from) : lowerBound(matches, from) - 1;
  // From the live end there is nothing below: the nearest match is the last one.
  if (!moved && at === matches.length) return matches.at(-1) ?? null;
  return matches.at(at % matches.length) ?? null;
}

function copyPath(event: React.MouseEvent): void {
  const path = event.target instanceof HTMLElement ? event.target.dataset.path : undefined;
  if (path) void navigator.clipboard.writeText(path);
}

function topWords(feed: LogFeed): string {
  if (feed.loadingOlder) return "Reading older lines…";
  return feed.buffer.complete ? "The log begins here" : "Scroll up for older lines";
}

function NothingToShow({ feed, filtered }: { feed: LogFeed; filtered: boolean }) {
  if (feed.refused) return <Empty title="The log cannot be followed">{feed.refused}</Empty>;
  if (filtered && feed.buffer.lines.length > 0) {
    return (
      <Empty title="No line of this level">Lines of lower levels are there, and hidden by the filter.</Empty>
    );
  }
  if (feed.link.phase !== "open") return <Empty title="Connecting to the log" />;
  return <Empty title="Nothing written yet">What the service prints appears here as it is printed.</Empty>;
}

function ToEnd({ waiting, toEnd }: { waiting: number; toEnd: () => void }) {
  return (
    <button type="button" className={classes.end} onClick={toEnd}>
      <ToEndIcon size={16} />
      {waiting === 0 ? "To the newest line" : `${count(waiting)} new ${waiting === 1 ? "line" : "lines"}`}
    </button>
  );
}

function Foot({ feed, shown, following }: { feed: LogFeed; shown: number; following: boolean }) {
  const { lines } = feed.buffer;
  return (
    <p className={classes.foot}>
      <span>{following ? "Following" : "Not following"}</span>
      <span>
        {count(lines.length)} lines in memory{shown !== lines.length && `, ${count(shown)} shown`}
      </span>
      {feed.link.phase === "waiting" && <span>Waiting for the daemon</span>}
    </p>
  );
}
