/** Facts of runs in words. */
import type { Run } from "@/api/types";
import { duration } from "@/design/format";
import { isActive, statusName } from "./statuses";

/** "0.4 s" under ten seconds, then as all durations. */
export function took(seconds: number | null | undefined): string {
  return seconds != null && seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

/** Seconds that it has run so far, or in all; null while it has not begun. */
export function secondsOf(run: Run, now: number): number | null {
  if (run.duration === null || !isActive(run.status) || run.started_at === null) return run.duration;
  return Math.max(run.duration, (now - Date.parse(run.started_at)) / 1000);
}

export function exitWords({ exit_code, exit_signal }: Pick<Run, "exit_code" | "exit_signal">): string {
  if (exit_signal !== null) return `signal ${exit_signal}`;
  return exit_code === null ? "–" : String(exit_code);
}

/** Why it ended so, or will, where that says more than its state does. */
export function whyWords({
  reason,
  status,
  ending,
}: Pick<Run, "reason" | "status" | "ending">): string | null {
  return reason === statusName(ending ?? status) ? null : reason;
}

/** A value of a parameter or a metric as one text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Significant digits of a measurement: more than the first say nothing, and from the last on they are chance. */
const [FEWEST_DIGITS, MOST_DIGITS] = [6, 15];

/** A metric beside another one: with all digits of a count, and so many of a measurement as tell the two apart. */
export function metricText(value: unknown, beside?: unknown): string {
  let digits = FEWEST_DIGITS;
  while (digits < MOST_DIGITS && rounded(value, digits) === rounded(beside, digits)) digits++;
  const apart = rounded(value, digits) !== rounded(beside, digits);
  return rounded(value, apart ? digits : FEWEST_DIGITS);
}

function rounded(value: unknown, digits: number): string {
  if (typeof value !== "number" || Number.isInteger(value)) return valueText(value);
  return String(Number(value.toPrecision(digits)));
}

/** All parameters in one line. */
export function parameterLine(parameters: Run["parameters"]): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(" · ");
}
