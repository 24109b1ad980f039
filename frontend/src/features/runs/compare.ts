/** Two runs side by side: what they were given, what became of them, what they reported and what they have left. */
import type { OutputFile, Run } from "@/api/types";
import { bytes } from "@/design/format";
import { statusName } from "./statuses";
import { exitWords, metricText, took, valueText, whyWords } from "./words";

export interface Row {
  name: string;
  left: string;
  right: string;
  differs: boolean;
  /** From left to right, of numbers: "−50 %". */
  change: string;
}

export interface Comparison {
  parameters: Row[];
  outcome: Row[];
  metrics: Row[];
}

export function comparison(left: Run, right: Run): Comparison {
  return {
    parameters: byName(left.parameters, right.parameters, valueText),
    outcome: OUTCOME.map(([name, value, words = valueText]) =>
      row(name, value(left), value(right), words),
    ).filter(({ left, right }) => left !== NONE || right !== NONE),
    metrics: byName(left.metrics, right.metrics, metricText),
  };
}

const NONE = valueText(null);

type Value = number | string | null;

/** How a value is written beside the other run's. */
type Words<Kind> = (value: Kind, beside: Kind) => string;

const secondsText = (value: Value) => took(value as number | null);

/** What it is called, what it is of a run, and how that is written. */
const OUTCOME: [string, (run: Run) => Value, Words<Value>?][] = [
  ["Module", (run) => run.module_name],
  ["State", (run) => statusName(run.status)],
  ["Why", whyWords],
  ["Exit", exitWords],
  ["Took", (run) => run.duration, secondsText],
  ["Attempts", (run) => `${run.attempt} of ${run.max_attempts}`],
  ["CPU time", (run) => run.cpu_seconds, secondsText],
  ["Peak memory", (run) => run.peak_memory_bytes, (value) => bytes(value as number | null)],
  ["Items", (run) => run.items_processed],
  ["Last message", (run) => run.message],
];

function byName(left: Record<string, unknown>, right: Record<string, unknown>, words: Words<unknown>): Row[] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].map((name) => row(name, left[name], right[name], words));
}

function row<Kind>(name: string, left: Kind, right: Kind, words: Words<Kind>): Row {
  const written = { name, left: words(left, right), right: words(right, left) };
  const differs = written.left !== written.right;
  return { ...written, differs, change: differs ? changeWords(left, right) : "" };
}

/** By how much of the first number the second is more or less; nothing where there is no such share. */
export function changeWords(left: unknown, right: unknown): string {
  if (typeof left !== "number" || typeof right !== "number" || left === 0) return "";
  const share = Math.round(((right - left) / Math.abs(left)) * 100);
  if (share === 0) return "";
  return `${share > 0 ? "+" : "−"}${Math.abs(share)} %`;
}

export interface FilePair {
  path: string;
  left: OutputFile | undefined;
  right: OutputFile | undefined;
}

/** Files of the same path beside each other. */
export function filePairs(left: readonly OutputFile[], right: readonly OutputFile[]): FilePair[] {
  const of = (files: readonly OutputFile[], path: string) => files.find((file) => file.path === path);
  const paths = new Set([...left, ...right].map(({ path }) => path));
  return [...paths].sort().map((path) => ({ path, left: of(left, path), right: of(right, path) }));
}
