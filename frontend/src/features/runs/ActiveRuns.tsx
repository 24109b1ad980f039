/** What runs now, and what waits: where it stands and what it waits for. */
import { useQuery } from "@tanstack/react-query";
import { activeRunsQuery } from "@/api/queries/runs";
import type { Run } from "@/api/types";
import { bytes, percent } from "@/design/format";
import { Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { Fact } from "@/features/supervisor/Facts";
import { useOffline } from "@/live/context";
import classes from "./ActiveRuns.module.css";
import { useRunCommands } from "./actions";
import { Elapsed } from "./Elapsed";
import { Progress } from "./Progress";
import { RunStatusWord } from "./RunStatusWord";
import { RunLink } from "./RunTable";

export function ActiveRuns() {
  const { data } = useQuery(activeRunsQuery);
  const offline = useOffline();
  if (!data) return offline === null ? <Skeletons count={1} height={64} /> : null;
  const waiting = data.filter(({ status }) => status === "queued");
  const going = data.filter(({ status }) => status !== "queued");
  if (data.length === 0) return <p className="muted">Nothing runs, and nothing waits.</p>;
  return (
    <>
      {going.length > 0 && (
        <ul className={classes.runs} aria-label="Running now">
          {going.map((run) => (
            <Going key={run.run_id} run={run} />
          ))}
        </ul>
      )}
      {waiting.length > 0 && (
        <ol className={`panel ${classes.queue}`} aria-label="Waiting">
          {waiting.map((run) => (
            <Waiting key={run.run_id} run={run} />
          ))}
        </ol>
      )}
    </>
  );
}

function Going({ run }: { run: Run }) {
  const { buttons, refusal } = useRunCommands(run);
  const stale = useOffline() !== null;
  return (
    <li className={`panel ${classes.run}`}>
      <div className={classes.head}>
        <RunStatusWord run={run} />
        <RunLink run={run} />
        <div className="grow" />
        {buttons}
      </div>
      {refusal}
      <Progress run={run} />
      <dl className={`${classes.facts} ${stale ? "stale" : ""}`}>
        <Fact name="For">
          <Elapsed run={run} />
        </Fact>
        <Fact name="CPU">{percent(run.cpu_percent)}</Fact>
        <Fact name="Memory">{bytes(run.memory_bytes)}</Fact>
      </dl>
    </li>
  );
}

function Waiting({ run }: { run: Run }) {
  const { buttons, refusal } = useRunCommands(run);
  return (
    <li className={classes.waiting}>
      <span className={classes.position} title="Place in the queue">
        {run.position ?? "–"}
      </span>
      <div className={classes.words}>
        <RunLink run={run} />
        <p className="muted small">
          {run.waiting_for ?? "starts in a moment"} · asked for <Ago at={run.created_at} />
        </p>
        {refusal}
      </div>
      {buttons}
    </li>
  );
}
