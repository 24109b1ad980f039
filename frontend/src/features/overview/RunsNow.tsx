/** What runs now and how far it is, how much waits, and how the last ones ended. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { activeRunsQuery, runsQuery } from "@/api/queries/runs";
import type { Run } from "@/api/types";
import { StatusShape } from "@/design/StatusMark";
import { Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { Elapsed } from "@/features/runs/Elapsed";
import { appearance, isActive } from "@/features/runs/statuses";
import { useOffline } from "@/live/context";
import { Part } from "./Part";
import classes from "./RunsNow.module.css";

/** So many of each are shown. */
const SHOWN = 5;
const READ = 10;

export function RunsNow() {
  const active = useQuery(activeRunsQuery).data;
  const past = useInfiniteQuery(runsQuery({}, READ)).data?.pages[0]?.runs;
  const offline = useOffline() !== null;
  return (
    <Part title="Runs" aside={<Link to="/runs">All runs</Link>}>
      {active ? (
        <div className={offline ? "stale" : undefined}>
          <Active runs={active} />
          {past && <Ended runs={past.filter(({ status }) => !isActive(status)).slice(0, SHOWN)} />}
        </div>
      ) : (
        !offline && <Skeletons count={2} height={34} />
      )}
    </Part>
  );
}

function Active({ runs }: { runs: readonly Run[] }) {
  const going = runs.filter(({ status }) => status !== "queued");
  const waiting = runs.length - going.length;
  const more = Math.max(0, going.length - SHOWN);
  return (
    <>
      {going.length > 0 && (
        <ul aria-label="Running now" className={classes.runs}>
          {going.slice(0, SHOWN).map((run) => (
            <Going key={run.run_id} run={run} />
          ))}
        </ul>
      )}
      <p className="muted small">
        {going.length === 0 && "Nothing runs now. "}
        {more > 0 && `${more} more run. `}
        {waiting > 0 && `${waiting} ${waiting === 1 ? "waits" : "wait"}.`}
      </p>
    </>
  );
}

function Going({ run }: { run: Run }) {
  const percent = run.progress_percent;
  return (
    <li className={classes.going}>
      <Line run={run}>
        <span className={classes.figure}>
          {percent !== null && <strong>{percent} %</strong>} <Elapsed run={run} />
        </span>
      </Line>
      {percent !== null && (
        <div
          className={classes.bar}
          role="progressbar"
          aria-label={`Progress of ${run.module_name}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
        >
          <div style={{ width: `${percent}%` }} />
        </div>
      )}
    </li>
  );
}

function Ended({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0) return null;
  return (
    <ul aria-label="Ended last" className={classes.runs}>
      {runs.map((run) => (
        <li key={run.run_id}>
          <Line run={run}>
            <span className={`${classes.figure} muted`}>
              <Ago at={run.completed_at ?? run.created_at} />
            </span>
          </Line>
        </li>
      ))}
    </ul>
  );
}

function Line({ run, children }: { run: Run; children: React.ReactNode }) {
  const { look, word } = appearance(run);
  return (
    <div className={classes.line}>
      <StatusShape status={look} size={13} />
      <span className={classes.word}>{word}</span>
      <Link
        className={classes.name}
        to="/runs/$id/$tab"
        params={{ id: run.run_id, tab: "log" }}
        title={run.run_id}
      >
        {run.module_name}
      </Link>
      {children}
    </div>
  );
}
