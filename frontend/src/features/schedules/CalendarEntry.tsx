/** One line of a day: a run with its outcome, a time that comes, or many of either in one. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { RunStatus, Status } from "@/api/types";
import { count } from "@/design/format";
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
      const { run } = entry;
      return (
        <Link
          to="/runs/$id/$tab"
          params={{ id: run.run_id, tab: "log" }}
          className={classes.entry}
          title={`${nameOf(entry.module)}: ${statusName(run.status)}`}
          data-row
        >
          <Line look={LOOK[run.status]} time={timeOfDay(entry.at)} name={nameOf(entry.module)}>
            <span className="unseen"> {statusName(run.status)}</span>
          </Line>
        </Link>
      );
    }
    case "ran often":
      return <RanOften entry={entry} name={nameOf(entry.ran.module_id)} />;
    case "comes":
    case "comes often": {
      const { coming } = entry;
      const often = entry.kind === "comes often";
      return (
        <Link
          to="/schedules/$id"
          params={{ id: String(coming.schedule_id) }}
          className={classes.entry}
          data-coming
          title={often ? `${coming.name}: ${between(coming)}` : `${coming.name} comes`}
          data-row
        >
          <Line look="waiting" time={timeOfDay(entry.at)} name={coming.name}>
            {often && <span className="muted"> {count(coming.count)} times</span>}
            <span className="unseen"> to come</span>
          </Line>
        </Link>
      );
    }
    case "not run": {
      const { schedule_id: id, name, why } = entry.notRun;
      return (
        <Link
          to="/schedules/$id"
          params={{ id: String(id) }}
          className={classes.entry}
          data-not-run
          title={`${name}: ${NOT_RUN[why]}`}
          data-row
        >
          <Line look={why === "failed" ? "failed" : "stopped"} time="" name={name}>
            <span className={classes.why}> {NOT_RUN[why]}</span>
          </Line>
        </Link>
      );
    }
  }
}

const NOT_RUN = {
  missed: "missed",
  skipped_overlap: "passed over, its run before still went",
  failed: "could not be run",
} as const;

function RanOften({
  entry: { ran, at },
  name,
}: {
  entry: Extract<Entry, { kind: "ran often" }>;
  name: string;
}) {
  const outcomes = RUN_STATUSES.filter((one) => (ran.outcomes[one] ?? 0) > 0);
  const worst = outcomes.find((one) => one !== "completed" && BAD.has(one)) ?? outcomes[0] ?? "completed";
  const words = outcomes.map((one) => `${count(ran.outcomes[one] ?? 0)} ${statusName(one)}`).join(", ");
  return (
    <Link
      to="/runs"
      search={{ module: ran.module_id }}
      className={classes.entry}
      title={`${name}: ${words}, ${between(ran)}`}
      data-row
    >
      <Line look={LOOK[worst]} time={timeOfDay(at)} name={name}>
        <span className="muted"> {words}</span>
      </Line>
    </Link>
  );
}

const BAD: ReadonlySet<RunStatus> = new Set(["failed", "timed_out", "interrupted"]);

function between({ first_at: first, last_at: last }: { first_at: string; last_at: string }): string {
  return `from ${timeOfDay(Date.parse(first))} to ${timeOfDay(Date.parse(last))}`;
}

function Line(line: { look: Status; time: string; name: string; children: ReactNode }) {
  return (
    <>
      <StatusShape status={line.look} size={11} />
      {line.time && <span className={classes.time}>{line.time}</span>}
      <span className={classes.name}>
        {line.name}
        {line.children}
      </span>
    </>
  );
}
