/** The days of a week or a month side by side, and one below the other where there is no room for that. */
import { Link } from "@tanstack/react-router";
import type { CalendarDay } from "@/api/types";
import classes from "./CalendarDays.module.css";
import { CalendarEntry } from "./CalendarEntry";
import { type Entry, entriesOf } from "./entries";
import { useModuleNames } from "./ScheduleTable";
import { dayWords, monthOf, plusDays, shortDay, weekday } from "./span";

interface CalendarDaysProps {
  days: readonly CalendarDay[];
  span: "week" | "month";
  day: string;
  today: string;
}

/** Lines that a day of a month has room for; the week shows all. */
const ROOM = 4;
/** What runs more often in a day has one line in a month. */
const TWICE = 2;

export function CalendarDays({ days, span, day, today }: CalendarDaysProps) {
  const nameOf = useModuleNames();
  const first = days[0]?.day ?? day;
  return (
    <>
      <div className={classes.weekdays} aria-hidden="true">
        {Array.from({ length: 7 }, (_, index) => plusDays(first, index)).map((one) => (
          <span key={one}>{weekday(one)}</span>
        ))}
      </div>
      <ol className={classes.days} data-span={span}>
        {days.map((one) => {
          const entries = entriesOf(one, span === "week" ? Number.POSITIVE_INFINITY : TWICE);
          return (
            <li
              key={one.day}
              className={classes.day}
              data-today={one.day === today || undefined}
              data-outside={(span === "month" && monthOf(one.day) !== monthOf(day)) || undefined}
              data-empty={entries.length === 0 || undefined}
              aria-label={dayWords(one.day)}
              {...(one.day === today ? { "aria-current": "date" } : {})}
            >
              <p className={classes.date} aria-hidden="true">
                <span className={classes.number}>{Number(one.day.slice(8))}</span>
                <span className={classes.words}>{shortDay(one.day)}</span>
              </p>
              <Entries day={one.day} entries={entries} span={span} nameOf={nameOf} />
            </li>
          );
        })}
      </ol>
    </>
  );
}

interface EntriesProps {
  day: string;
  entries: readonly Entry[];
  span: "week" | "month";
  nameOf: (module: string) => string;
}

function Entries({ day, entries, span, nameOf }: EntriesProps) {
  const all = span === "week" || entries.length <= ROOM;
  const shown = all ? entries : entries.slice(0, ROOM - 1);
  return (
    <>
      {shown.map((entry) => (
        <CalendarEntry key={entry.key} entry={entry} nameOf={nameOf} />
      ))}
      {!all && (
        <Link to="/schedules/calendar" search={{ span: "week", day }} className={classes.more}>
          {entries.length - shown.length} more
          <span className="unseen"> on {dayWords(day)}</span>
        </Link>
      )}
    </>
  );
}
