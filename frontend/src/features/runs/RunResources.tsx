/** What the tree of processes of a run uses: all of its past from its folder, and on from there as it is told. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { runUsageQuery } from "@/api/queries/runs";
import type { Run } from "@/api/types";
import { Chart, type Range } from "@/design/Chart";
import { bytes, percent } from "@/design/format";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useLive, useRunRevision } from "@/live/context";
import classes from "./RunResources.module.css";
import { joined } from "./usage";

/** Seconds that the charts span at least. */
const LEAST = 30;

export default function RunResources({ run }: { run: Run }) {
  const { data, error, refetch } = useQuery(runUsageQuery(run.run_id));
  const live = useLive();
  useRunRevision(run.run_id);
  const [part, zoom] = useState<Range | null>(null);
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={1} height={258} />
    );
  const { time, cpu, memory } = joined(data, live.targets.runs.get(run.run_id));
  const [first, last] = [time[0], time.at(-1)];
  if (first === undefined || last === undefined) return <NothingSeen run={run} />;
  const range = part ?? ([Math.min(first, last - LEAST), last] as const);
  const shared = { group: `run-${run.run_id}`, range, onZoom: zoom, time };
  return (
    <div className={classes.charts}>
      <Chart
        {...shared}
        title="CPU"
        series={[{ label: "CPU", values: cpu, filled: true }]}
        format={percent}
      />
      <Chart
        {...shared}
        title="Memory"
        series={[{ label: "Memory", values: memory, filled: true }]}
        format={bytes}
      />
    </div>
  );
}

function NothingSeen({ run }: { run: Run }) {
  if (run.started_at === null) return <Empty title="Not yet">What it uses is drawn here once it runs.</Empty>;
  if (run.completed_at === null)
    return <Empty title="Not yet">What it uses is drawn here in a moment.</Empty>;
  return (
    <Empty title="No picture of it">
      It was over before anybody had looked at what it uses. The figures above are those of the whole run.
    </Empty>
  );
}
