/** What alerts and rules say, in words. */
import type { Alert, AlertRule } from "@/api/types";
import { bytes, count, duration, percent, rate } from "@/design/format";

export type Severity = Alert["severity"];
export type Phase = AlertRule["state"];

export const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

/** The most urgent first. */
export function bySeverity(a: Pick<Alert, "severity">, b: Pick<Alert, "severity">): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}

type Value = Pick<Alert, "value" | "unit">;

/** Empty where there is no number to say. */
export function valueWords({ value, unit }: Value): string {
  if (value === null) return "";
  switch (unit) {
    case "percent":
      return percent(value);
    case "bytes":
      return bytes(value);
    case "bytes_per_second":
      return rate(value);
    case "celsius":
      return `${value.toFixed(1)} °C`;
    case "watt":
      return `${value.toFixed(0)} W`;
    case "seconds":
      return duration(value);
    case "dollars":
      return `$${value.toFixed(2)}`;
    default:
      return count(value);
  }
}

type Quiet = Pick<Alert, "silenced_until" | "silenced_by" | "maintenance">;

/** Whether nobody is told of it now. */
export function isQuiet({ silenced_until, maintenance }: Quiet, now: number): boolean {
  return maintenance !== null || isSilenced({ silenced_until }, now);
}

export function isSilenced({ silenced_until }: Pick<Quiet, "silenced_until">, now: number): boolean {
  return silenced_until !== null && Date.parse(silenced_until) > now;
}

/** How long a silence can be asked for, as the API takes it. */
export const SILENCES: readonly [string, string][] = [
  ["15m", "For 15 minutes"],
  ["1h", "For 1 hour"],
  ["4h", "For 4 hours"],
  ["1d", "For 1 day"],
  ["7d", "For 7 days"],
];
