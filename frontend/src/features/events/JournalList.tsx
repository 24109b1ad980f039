/** The events of a part of the journal, virtualised: older ones are read ahead of the reader, newer ones wait. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { readEvents } from "@/api/queries/events";
import { count, dayOf } from "@/design/format";
import { useForgottenHeights } from "@/design/heights";
import { UpIcon } from "@/design/icons";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useLive, useOffline } from "@/live/context";
import { useRowMoves } from "@/shell/rows";
import { EventRow } from "./EventRow";
import classes from "./EventsPage.module.css";
import { fits, isNarrowed, type JournalSearch, wantedBy } from "./filter";
import type { Changes } from "./JournalFilters";
import { Journal } from "./journal";
import { useNames } from "./subjects";

interface ListProps {
  search: JournalSearch;
  change: (changes: Changes) => void;
}

export function JournalList({ search, change }: ListProps) {
  const journal = useJournal(search);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<number | null>(null);
  const names = useNames();
  const offline = useOffline();
  useRowMoves(list, "event");
  const rows = useVirtualizer({
    count: journal.events.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW,
    getItemKey: (row) => journal.events[row]?.seq ?? row,
    overscan: 12,
    // What is put above leaves the reader where he is.
    anchorTo: "end",
  });
  useForgottenHeights(rows);
  const toTop = useReading(list, journal, open !== null || search.seq !== undefined);
  useAnchor(journal, search.seq, (row) => rows.scrollToIndex(row, { align: "center" }));
  const toNewest = () => {
    setOpen(null);
    if (search.seq !== undefined) change({});
    else void journal.toNewest().then(toTop);
  };
  const { events } = journal;
  if (!journal.read)
    return journal.error ? (
      <Failure error={journal.error} retry={() => void journal.open()} />
    ) : (
      <Skeletons count={8} height={ROW} />
    );
  return (
    <>
      {journal.error !== null && (
        <Failure
          error={journal.error}
          retry={() => void (journal.live ? journal.older() : journal.newer())}
        />
      )}
      <div className={`${classes.frame} ${offline === null ? "" : "stale"}`}>
        <div
          ref={list}
          className={classes.list}
          role="feed"
          aria-label="Events"
          aria-busy={journal.reading !== null}
        >
          {events.length === 0 ? (
            journal.complete && <Nothing narrowed={isNarrowed(search)} />
          ) : (
            <div className={classes.canvas} style={{ height: rows.getTotalSize() }}>
              {rows.getVirtualItems().map(({ index, key, start }) => {
                const event = events[index];
                return (
                  event && (
                    <div
                      key={key}
                      ref={rows.measureElement}
                      data-index={index}
                      className={classes.place}
                      style={{ transform: `translateY(${start}px)` }}
                    >
                      {startsDay(events[index - 1]?.at, event.at) && (
                        <p className={classes.day}>{dayWords(event.at)}</p>
                      )}
                      <EventRow
                        event={event}
                        names={names}
                        place={index + 1}
                        sought={event.seq === search.seq}
                        open={open === event.seq}
                        toggle={() => setOpen(open === event.seq ? null : event.seq)}
                        change={change}
                      />
                    </div>
                  )
                );
              })}
            </div>
          )}
        </div>
        {(journal.waiting > 0 || !journal.live) && <ToNewest waiting={journal.waiting} go={toNewest} />}
      </div>
      <Foot journal={journal} offline={offline} />
    </>
  );
}

/** Height of a row that is not open, pixels. */
const ROW = 40;
/** How near to an end the next page is asked for, pixels. */
const AHEAD = 900;

function useJournal(search: JournalSearch): Journal {
  const live = useLive();
  const [journal] = useState(() => {
    const wanted = wantedBy(search, Date.now());
    return new Journal({
      read: (bounds, signal) => readEvents(wanted, bounds, signal),
      fits: (event) => fits(event, wanted),
      from: search.seq,
    });
  });
  useEffect(() => {
    const { told } = live.targets;
    const take = journal.take.bind(journal);
    told.add(take);
    void journal.open();
    return () => {
      told.delete(take);
      journal.close();
    };
  }, [journal, live]);
  useSyncExternalStore(journal.subscribe, () => journal.revision);
  return journal;
}

/** Reads further at both ends, and holds what is new while someone reads. Gives the way back to the top. */
function useReading(list: RefObject<HTMLDivElement | null>, journal: Journal, reads: boolean): () => void {
  const { revision } = journal;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that had few events asks for the next one
  useEffect(() => {
    const element = list.current;
    if (!element || journal.error !== null) return;
    const look = () => {
      journal.hold(reads || element.scrollTop > 4);
      if (element.scrollTop < AHEAD) void journal.newer();
      if (element.scrollHeight - element.clientHeight - element.scrollTop < AHEAD) void journal.older();
    };
    look();
    // Before the virtual list hears of it: that draws at once, and what follows is drawn at the top.
    const early = { passive: true, capture: true };
    element.addEventListener("scroll", look, early);
    return () => element.removeEventListener("scroll", look, early);
  }, [list, journal, reads, revision]);
  useLayoutEffect(() => {
    // Drawn at the top it stays there, though rows were put above.
    if (list.current && journal.follows) list.current.scrollTop = 0;
  });
  return () => list.current?.scrollTo({ top: 0 });
}

/** Shows the event that was asked for, once it is there with what came after it. */
function useAnchor(journal: Journal, seq: number | undefined, show: (row: number) => void): void {
  const shown = useRef(false);
  useEffect(() => {
    const newest = journal.events[0]?.seq ?? 0;
    if (seq === undefined || shown.current || (newest <= seq && !journal.live)) return;
    const row = journal.events.findIndex((event) => event.seq <= seq);
    shown.current = true;
    if (row >= 0) show(row);
  });
}

function startsDay(newer: string | undefined, at: string): boolean {
  return newer === undefined || dayOf(new Date(newer)) !== dayOf(new Date(at));
}

function dayWords(at: string): string {
  return new Date(at).toLocaleDateString("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });
}

function ToNewest({ waiting, go }: { waiting: number; go: () => void }) {
  return (
    <button type="button" className={classes.newest} onClick={go}>
      <UpIcon size={16} />
      {waiting === 0 ? "To the newest" : `${count(waiting)} new ${waiting === 1 ? "event" : "events"}`}
    </button>
  );
}

function Nothing({ narrowed }: { narrowed: boolean }) {
  return narrowed ? (
    <Empty title="No event matches">Nothing that is kept fits this filter.</Empty>
  ) : (
    <Empty title="Nothing has happened yet">
      Every start, crash, run, edit and alert is told here, with who asked for it.
    </Empty>
  );
}

interface FootProps {
  journal: Journal;
  /** Why nothing new can come. */
  offline: string | null;
}

function Foot({ journal: { events, complete, follows, reading }, offline }: FootProps) {
  return (
    <p className={classes.foot}>
      <span>{offline ?? (follows ? "Following" : "Reading the past")}</span>
      <span>
        {reading === "older"
          ? "Looking further back…"
          : complete && events.length > 0 && "Nothing older is kept"}
      </span>
    </p>
  );
}
