/** What became of the last run of a schedule, or why there was none. */
import { Link } from "@tanstack/react-router";
import type { Schedule } from "@/api/types";
import { StatusWord } from "@/design/StatusMark";
import { Ago } from "@/design/time";
import { LOOK, statusName } from "@/features/runs/statuses";
import classes from "./Last.module.css";

export function Last({ schedule }: { schedule: Schedule }) {
  const { last_run: run, last_status: status, last_at: at, last_error: error } = schedule;
  if (run === null && error === null) return <span className="muted">never ran</span>;
  return (
    <span className={classes.last}>
      {error !== null ? (
        <StatusWord status="failed" word="not run" />
      ) : status !== null && run !== null ? (
        <Link to="/runs/$id/$tab" params={{ id: run, tab: "log" }} className={classes.outcome}>
          <StatusWord status={LOOK[status]} word={statusName(status)} />
        </Link>
      ) : null}
      {at !== null && (
        <span className="muted small">
          <Ago at={at} />
        </span>
      )}
    </span>
  );
}
