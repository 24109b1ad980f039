/** Two runs side by side: what they were given, what became of them, and what they reported. */
import type { Run } from "@/api/types";
import { bytes } from "@/design/format";
import { statusName } from "./statuses";
import { exitWords, took, valueText } from "./words";

export interface Row {
  name: string;
  left: string;
  right: string;
  differs: boolean;
}

export interface Comparison {
  parameters: Row[];
  outcome: Row[];
  metrics: Row[];
}

export function comparison(left: Run, right: Run): Comparison {
  return {
    parameters: byName(left.parameters, right.parameters),
    outcome: OUTCOME.map(([name, words]) => row(name, words(left), words(right))),
    metrics: byName(left.metrics, right.metrics),
  };
}

const OUTCOME: [string, (run: Run) => string][] = [
  ["Module", (run) => run.module_name],
  ["State", (run) => statusName(run.status)],
  ["Why", (run) => run.reason ?? "–"],
  ["Exit", exitWords],
  ["Took", (run) => took(run.duration)],
  ["Attempts", (run) => `${run.attempt} of ${run.max_attempts}`],
  ["CPU time", (run) => took(run.cpu_seconds)],
  ["Peak memory", (run) => bytes(run.peak_memory_bytes)],
  ["Items", (run) => valueText(run.items_processed)],
  ["Last message", (run) => run.message ?? "–"],
];

function byName(left: Record<string, unknown>, right: Record<string, unknown>): Row[] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].sort().map((name) => row(name, valueText(left[name]), valueText(right[name])));
}

function row(name: string, left: string, right: string): Row {
  return { name, left, right, differs: left !== right };
}
