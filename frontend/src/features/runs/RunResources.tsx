/** What the tree of processes of a run uses, over its last ten minutes. */
import type { Run } from "@/api/types";
import { Chart } from "@/design/Chart";
import { bytes, percent } from "@/design/format";
import { Empty } from "@/design/states";
import { useLive, useRunRevision } from "@/live/context";
import { RUN_COLUMNS } from "@/live/runs";
import classes from "./RunResources.module.css";

/** Seconds that the charts span: as long as it has run, within reason. */
const LEAST = 30;
const MOST = 600;

export default function RunResources({ run }: { run: Run }) {
  const live = useLive();
  useRunRevision(run.run_id);
  const samples = live.targets.runs.get(run.run_id);
  if (!samples) return <NothingSeen run={run} />;
  const end = run.completed_at === null ? Date.now() : Date.parse(run.completed_at);
  const began = run.started_at === null ? end : Date.parse(run.started_at);
  const span = Math.min(MOST, Math.max(LEAST, (end - began) / 1000));
  const { time, values } = samples.since(end / 1000 - span);
  const shared = { group: `run-${run.run_id}`, span, time };
  return (
    <div className={classes.charts}>
      <Chart
        {...shared}
        title="CPU"
        series={[{ label: "CPU", values: values[RUN_COLUMNS.cpu] ?? [], filled: true }]}
        format={percent}
      />
      <Chart
        {...shared}
        title="Memory"
        series={[{ label: "Memory", values: values[RUN_COLUMNS.memory] ?? [], filled: true }]}
        format={bytes}
      />
    </div>
  );
}

function NothingSeen({ run }: { run: Run }) {
  return (
    <Empty title="No picture of it">
      {run.completed_at === null
        ? "What it uses is drawn here once it runs."
        : "This page was not open while it ran. The figures above are those of the whole run."}
    </Empty>
  );
}
