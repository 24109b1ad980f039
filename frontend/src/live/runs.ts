/** What the daemon tells of runs and modules, and what it does to the cache. */
import type { QueryClient } from "@tanstack/react-query";
import type { RunsMessage } from "@/api/messages";
import { modulesQuery } from "@/api/queries/modules";
import { activeRunsQuery, runQuery } from "@/api/queries/runs";
import type { Event, Run } from "@/api/types";
import type { Targets } from "./handlers";
import { reread, rereadSoon } from "./reread";
import { SampleWindow } from "./samples";

/** Columns of the samples kept for a run. */
export const RUN_COLUMNS = { cpu: 0, memory: 1 } as const;

const RUN_SAMPLES = 1_800;

export function takeRuns(targets: Targets, { runs, timestamp }: RunsMessage): void {
  const { cache } = targets;
  const before = cache.getQueryData(activeRunsQuery.queryKey) ?? [];
  cache.setQueryData(activeRunsQuery.queryKey, runs);
  for (const run of runs)
    cache.setQueryData(runQuery(run.run_id).queryKey, (known) => (known === undefined ? known : run));
  const there = new Set(runs.map(({ run_id }) => run_id));
  for (const { run_id } of before) if (!there.has(run_id)) reread(cache, { queryKey: ["run", run_id] });
  if (before.map(standing).join() !== runs.map(standing).join()) rereadSoon(cache, "runs");
  noteUsage(targets, runs, Date.parse(timestamp) / 1000);
}

const standing = ({ run_id, status }: Run) => `${run_id} ${status}`;

/** Of a run that is over the samples stay for those who look at it, as long as it was one of the last. */
const REMEMBERED_RUNS = 50;

function noteUsage({ runs: kept }: Targets, runs: Run[], at: number): void {
  for (const { run_id, status, cpu_percent, memory_bytes } of runs) {
    if (status !== "running") continue;
    const samples = kept.get(run_id) ?? new SampleWindow(RUN_SAMPLES);
    samples.add(at, [cpu_percent, memory_bytes]);
    kept.delete(run_id);
    kept.set(run_id, samples);
  }
  const oldest = kept.keys();
  for (let surplus = kept.size - Math.max(REMEMBERED_RUNS, runs.length); surplus > 0; surplus -= 1)
    kept.delete(oldest.next().value ?? "");
}

export function runMoved(cache: QueryClient, event: Event): void {
  reread(cache, { queryKey: ["run", event.subject] });
  rereadSoon(cache, "runs");
  rereadSoon(cache, "modules");
  rereadSoon(cache, "schedules");
}

export function modulesMoved(cache: QueryClient, event: Event): void {
  reread(cache, { queryKey: modulesQuery.queryKey });
  reread(cache, { queryKey: ["module", event.subject] });
}
