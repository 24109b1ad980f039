/** One event: in words, with all that was told of it on demand. */
import { Link } from "@tanstack/react-router";
import type { Event } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { clockTime, exactTime } from "@/design/format";
import { Opener } from "@/design/Opener";
import { Ago } from "@/design/time";
import { AREAS, type Area } from "./areas";
import { Cause } from "./Cause";
import classes from "./EventRow.module.css";
import { ACTORS } from "./filter";
import { type Changes, NOTHING } from "./JournalFilters";
import { phraseOf, type Tone } from "./phrases";
import { type Names, Subject } from "./subjects";

interface RowProps {
  event: Event;
  names: Names;
  /** From the newest that is in memory, counted from one. */
  place: number;
  sought: boolean;
  open: boolean;
  toggle: () => void;
  change: (changes: Changes) => void;
}

const TONES: Record<Tone, string> = { bad: "bad: ", warn: "a warning: ", good: "", plain: "" };

export function EventRow({ event, names, place, sought, open, toggle, change }: RowProps) {
  const { words, details, tone } = phraseOf(event);
  return (
    <article
      className={classes.event}
      data-tone={tone}
      data-sought={sought || undefined}
      aria-posinset={place}
      aria-setsize={-1}
      aria-label={`${event.type}${event.subject === null ? "" : ` ${event.subject}`}`}
    >
      <div className={classes.line}>
        <span className={classes.mark} aria-hidden="true">
          {MARKS[tone]}
        </span>
        <time className={classes.clock} dateTime={event.at} title={exactTime(Date.parse(event.at))}>
          {clockTime(Date.parse(event.at))}
        </time>
        <p className={classes.words}>
          <span className="unseen">{TONES[tone]}</span>
          <strong>
            <Subject event={event} names={names} />
          </strong>{" "}
          <span>{words}</span>
          {details && <span className={classes.details}> {details}</span>}
        </p>
        <span className={classes.ago}>
          <Ago at={event.at} />
        </span>
        <span className={classes.actor}>
          {event.actor === "daemon" ? "" : `by ${ACTORS[event.actor] ?? event.actor}`}
        </span>
        <Opener open={open} toggle={toggle} label={`All about ${event.type}`} />
      </div>
      {open && <All event={event} names={names} change={change} />}
    </article>
  );
}

const MARKS: Record<Tone, string> = { bad: "✕", warn: "!", good: "✓", plain: "·" };

function All({ event, names, change }: Pick<RowProps, "event" | "names" | "change">) {
  const { id, area, type, subject, actor, cause, seq, payload } = event;
  const run = type.startsWith("run") ? null : payload.run_id;
  return (
    <div className={classes.all}>
      <dl>
        <dt>Type</dt>
        <dd>
          <Narrow words={type} narrow={() => change({ type: [type] })} />
        </dd>
        <dt>Area</dt>
        <dd>
          {area in AREAS ? (
            <Narrow words={AREAS[area as Area]} narrow={() => change({ area: [area as Area] })} />
          ) : (
            area
          )}
        </dd>
        {subject !== null && (
          <>
            <dt>Subject</dt>
            <dd>
              <Narrow
                words={subject}
                narrow={() => change({ subject, ...(area in AREAS ? { area: [area as Area] } : {}) })}
              />
            </dd>
          </>
        )}
        <dt>Asked for by</dt>
        <dd>
          <Narrow words={ACTORS[actor] ?? actor} narrow={() => change({ actor })} />
        </dd>
        {typeof run === "string" && (
          <>
            <dt>Run</dt>
            <dd>
              <Link to="/runs/$id/$tab" params={{ id: run, tab: "log" }}>
                {run}
              </Link>
            </dd>
          </>
        )}
        {cause !== null && (
          <>
            <dt>Led to by</dt>
            <dd>
              <Cause id={cause} names={names} />
            </dd>
          </>
        )}
        <dt>Led to</dt>
        <dd>
          <Narrow words="what followed from it" narrow={() => change({ ...NOTHING, cause: id })} />
        </dd>
        <dt>Place</dt>
        <dd>
          <Link to="/events" search={{ seq }} title="Everything that happened round it">
            {seq}
          </Link>
          {" · "}
          <Link to="/events/moment" search={{ at: event.at }}>
            everything at that moment
          </Link>
        </dd>
      </dl>
      <Excerpt label="What was told" text={JSON.stringify(event, null, 2)} />
    </div>
  );
}

function Narrow({ words, narrow }: { words: string; narrow: () => void }) {
  return (
    <button type="button" className={classes.narrow} onClick={narrow} title="Show only these">
      {words}
    </button>
  );
}
