/** One line of a day: a run with its outcome, a time that comes, or many of either in one. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { CalendarDay, RunStatus, Status } from "@/api/types";
import { count, exactTime } from "@/design/format";
import { StatusShape } from "@/design/StatusMark";
import { LOOK, RUN_STATUSES, statusName } from "@/features/runs/statuses";
import classes from "./CalendarEntry.module.css";
import type { Entry } from "./entries";
import { timeOfDay } from "./words";

interface CalendarEntryProps {
  entry: Entry;
  nameOf: (module: string) => string;
}

export function CalendarEntry({ entry, nameOf }: CalendarEntryProps) {
  switch (entry.kind) {
    case "ran": {
      const { run, at } = entry;
      const name = nameOf(entry.module);
      return (
        <Link
          to="/runs/$id/$tab"
          params={{ id: run.run_id, tab: "log" }}
          className={classes.entry}
          title={`${name}: ${statusName(run.status)}, ${exactTime(at)}`}
          data-row
        >
          <Line look={LOOK[run.status]} lead={hourAndMinute(at)} name={name}>
            <span className="unseen"> {statusName(run.status)}</span>
          </Line>
        </Link>
      );
    }
    case "ran often":
      return <RanOften ran={entry.ran} name={nameOf(entry.ran.module_id)} />;
    case "comes":
      return (
        <ScheduleLink id={entry.coming.schedule_id} title={`${entry.coming.name}: ${exactTime(entry.at)}`}>
          <Line look="waiting" lead={hourAndMinute(entry.at)} name={entry.coming.name}>
            <span className="unseen"> to come</span>
          </Line>
        </ScheduleLink>
      );
    case "comes often": {
      const { coming } = entry;
      return (
        <ScheduleLink id={coming.schedule_id} title={`${coming.name}: ${timesBetween(coming)}`}>
          <Line look="waiting" lead={`${count(coming.count)}×`} name={coming.name}>
            <span className="unseen"> to come</span>
          </Line>
        </ScheduleLink>
      );
    }
    case "not run": {
      const { schedule_id: id, name, why, count: times } = entry.notRun;
      const words = `${NOT_RUN[why]}${times > 1 ? `, ${count(times)}×` : ""}`;
      return (
        <ScheduleLink id={id} title={`${name}: ${words}`}>
          <Line look={why === "failed" ? "failed" : "stopped"} lead="" name={name}>
            <span className={classes.why}> {words}</span>
          </Line>
        </ScheduleLink>
      );
    }
  }
}

const NOT_RUN = { missed: "missed", skipped_overlap: "passed over", failed: "not run" } as const;

function ScheduleLink({ id, title, children }: { id: number; title: string; children: ReactNode }) {
  return (
    <Link to="/schedules/$id" params={{ id: String(id) }} className={classes.entry} title={title} data-row>
      {children}
    </Link>
  );
}

function RanOften({ ran, name }: { ran: CalendarDay["ran"][number]; name: string }) {
  const outcomes = RUN_STATUSES.filter((one) => (ran.outcomes[one] ?? 0) > 0);
  const worst = outcomes.find((one) => BAD.has(one)) ?? outcomes[0] ?? "completed";
  const all = outcomes.reduce((sum, one) => sum + (ran.outcomes[one] ?? 0), 0);
  const words = outcomes.map((one) => `${count(ran.outcomes[one] ?? 0)} ${statusName(one)}`).join(", ");
  return (
    <Link
      to="/runs"
      search={{ module: ran.module_id }}
      className={classes.entry}
      title={`${name}: ${words}; ${timesBetween({ ...ran, count: all })}`}
      data-row
    >
      <Line look={LOOK[worst]} lead={`${count(all)}×`} name={name}>
        {outcomes.length > 1 || worst !== "completed" ? (
          <span className="muted"> {words}</span>
        ) : (
          <span className="unseen"> {words}</span>
        )}
      </Line>
    </Link>
  );
}

const BAD: ReadonlySet<RunStatus> = new Set(["failed", "timed_out", "interrupted"]);

function timesBetween(one: { count: number; first_at: string; last_at: string }): string {
  const [first, last] = [one.first_at, one.last_at].map((at) => timeOfDay(Date.parse(at)));
  return `${count(one.count)} times from ${first} to ${last}`;
}

function hourAndMinute(at: number): string {
  return timeOfDay(at).slice(0, 5);
}

function Line(line: { look: Status; lead: string; name: string; children: ReactNode }) {
  return (
    <>
      <StatusShape status={line.look} size={11} />
      {line.lead && <span className={classes.lead}>{line.lead}</span>}
      <span className={classes.name}>
        {line.name}
        {line.children}
      </span>
    </>
  );
}
