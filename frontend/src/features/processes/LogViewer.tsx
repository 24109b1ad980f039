/** A log: live, searchable, and as far back as it goes. */
import {
  type ClipboardEvent,
  useCallback,
  useEffect,
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
import type { Wording } from "./buffer";
import { LogFeed } from "./feed";
import { LogRow } from "./LogRow";
import { LogTools } from "./LogTools";
import classes from "./LogViewer.module.css";
import { useRows, useScrolling, useSelectionPins, viewportStart } from "./rows";
import { compile } from "./search";
import { selectedText, textBetween } from "./selection";
import { LogView, lowerBound, nextMatch } from "./view";

interface LogViewerProps {
  /** Whose log: `service:<id>` or `run:<id>`. */
  log: string;
  /** What a person calls it. */
  name: string;
  /** Where all of it can be saved from. */
  download: string;
  /** How lines that are written for a program are shown. */
  wording?: Wording;
  search: LogSearch;
  /** Puts another search into the URL. */
  choose: (search: LogSearch) => void;
}

export default function LogViewer({ log, name, download, wording, search, choose }: LogViewerProps) {
  const feed = useFeed(log, wording);
  const query = useMemo(
    () => compile({ text: search.q ?? "", regex: search.regex === "yes" }),
    [search.q, search.regex],
  );
  const view = useView(feed, search, query.pattern);
  const [following, setFollowing] = useState(true);
  // Read while drawing, when the state of a scroll just handled has not arrived yet.
  const sticks = useRef(true);
  const [current, setCurrent] = useState<number | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const pinned = useRef<number[]>([]);
  const wrap = search.wrap !== "no";
  const rows = useRows(list, view, wrap, pinned);

  const release = useCallback(() => {
    sticks.current = false;
    setFollowing(false);
    feed.hold(true);
  }, [feed]);
  const toEnd = useCallback(() => {
    sticks.current = true;
    setFollowing(true);
    feed.toEnd();
  }, [feed]);
  useScrolling({ list, feed, sticks, release, toEnd });
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
        download={download}
        choose={choose}
      />
      <div
        ref={list}
        className={classes.list}
        tabIndex={0}
        role="log"
        aria-label={`Log ${name}`}
        aria-live="off"
        data-wrap={wrap || undefined}
        onCopy={onCopy}
        onDoubleClick={copyPath}
      >
        {view.length === 0 ? (
          <NothingToShow feed={feed} filtered={search.level !== undefined} />
        ) : (
          <div className={classes.canvas} style={{ height: rows.getTotalSize() }}>
            <div className={classes.top}>
              <Older feed={feed} />
            </div>
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

function useFeed(log: string, wording?: Wording): LogFeed {
  const [feed] = useState(() => new LogFeed(log, wording));
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

function copyPath(event: React.MouseEvent): void {
  const path = event.target instanceof HTMLElement ? event.target.dataset.path : undefined;
  if (path) void navigator.clipboard.writeText(path);
}

function Older({ feed }: { feed: LogFeed }) {
  if (feed.loadingOlder) return "Reading older lines…";
  if (feed.buffer.complete) return "The log begins here";
  return (
    <button type="button" className={classes.older} onClick={() => feed.older()}>
      Read older lines
    </button>
  );
}

function NothingToShow({ feed, filtered }: { feed: LogFeed; filtered: boolean }) {
  if (feed.refused) return <Empty title="The log cannot be followed">{feed.refused}</Empty>;
  if (filtered && feed.buffer.lines.length > 0) {
    return (
      <Empty title="No line of this level" action={<Older feed={feed} />}>
        Lines of lower levels are there, and hidden by the filter.
      </Empty>
    );
  }
  if (feed.link.phase !== "open") return <Empty title="Connecting to the log" />;
  return <Empty title="Nothing written yet">What it prints appears here as it is printed.</Empty>;
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
        {count(lines.length)} {lines.length === 1 ? "line" : "lines"} in memory
        {shown !== lines.length && `, ${count(shown)} shown`}
      </span>
      {feed.link.phase === "waiting" && <span>Waiting for the daemon</span>}
    </p>
  );
}
