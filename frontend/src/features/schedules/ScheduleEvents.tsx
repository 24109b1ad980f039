/** What happened to one schedule, newest first, live. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { eventsQuery } from "@/api/queries/events";
import type { Event, Schedule } from "@/api/types";
import { count } from "@/design/format";
import { Ago } from "@/design/time";
import { EventList } from "@/features/events/EventList";
import classes from "./ScheduleEvents.module.css";
import { DayAndTime } from "./When";

export function ScheduleEvents({ schedule }: { schedule: Schedule }) {
  const found = useInfiniteQuery(eventsQuery("schedules", String(schedule.id)));
  return (
    <EventList
      found={found}
      // A number that was given back by one that is deleted may have a past that is not this one's.
      only={({ at }) => at >= schedule.created_at}
      nothing={<p className="muted">Nothing yet.</p>}
      line={(event) => <Line key={event.seq} event={event} />}
    />
  );
}

function Line({ event }: { event: Event }) {
  return (
    <li className={classes.event}>
      <span className="muted small">
        <Ago at={event.at} />
      </span>
      <span className={classes.words}>{sentence(event)}</span>
      {event.actor !== "schedule" && <span className="muted small">by {event.actor}</span>}
    </li>
  );
}

function sentence({ type, payload }: Event): ReactNode {
  switch (type) {
    case "schedule.fired":
      return (
        <>
          <RunLink payload={payload}>A run was asked for</RunLink>
          {typeof payload.at === "string" && (
            <>
              {" "}
              for <DayAndTime at={payload.at} />
            </>
          )}
        </>
      );
    case "schedule.missed":
      return `${missedWords(payload)}${payload.made_up ? ", and made up for by one run" : ""}`;
    case "schedule.skipped_overlap":
      return (
        <>
          Passed over: <RunLink payload={payload}>the run before</RunLink> still went
        </>
      );
    case "schedule.failed":
      return `Nothing was run: ${String(payload.reason)}`;
    default:
      return OTHERS[type] ?? type;
  }
}

const OTHERS: Record<string, string> = {
  "schedule.added": "Made",
  "schedule.changed": "Changed",
  "schedule.removed": "Removed",
  "schedule.paused": "Paused",
  "schedule.resumed": "Resumed",
};

function missedWords({ count: times, at_least: atLeast }: Event["payload"]): string {
  const number = Number(times);
  const words = number === 1 ? "1 time was missed" : `${count(number)} times were missed`;
  return atLeast ? `At least ${words}` : words;
}

function RunLink({ payload, children }: { payload: Event["payload"]; children: ReactNode }) {
  if (typeof payload.run_id !== "string") return children;
  return (
    <Link to="/runs/$id/$tab" params={{ id: payload.run_id, tab: "log" }}>
      {children}
    </Link>
  );
}
