/** What schedules say, in words. */
import type { Schedule } from "@/api/types";
import { cronWords } from "./cron";

export type Kind = Schedule["kind"];

export const KINDS: Record<Kind, string> = {
  cron: "At times",
  every: "Every so often",
  after: "After a module",
  files: "When files change",
};

const UNITS: [string, number][] = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
];

/** 5400 → "1h 30m", as durations are typed. */
export function spanText(seconds: number): string {
  let left = seconds;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const whole = unit === "s" ? Math.round(left * 1000) / 1000 : Math.floor(left / size);
    if (whole > 0) parts.push(`${whole}${unit}`);
    left -= whole * size;
  }
  return parts.join(" ") || "0s";
}

/** "1h 30m" → 5400; a bare number is seconds; NaN for anything else. */
export function secondsIn(text: string): number {
  const trimmed = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (!/^(\d+(\.\d+)?\s*[dhms]\s*)+$/.test(trimmed)) return Number.NaN;
  const sizes = new Map(UNITS);
  return [...trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([dhms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (sizes.get(unit ?? "") ?? 0),
    0,
  );
}

type Ruled = Pick<Schedule, "kind" | "cron" | "every" | "after" | "files" | "zone">;

/** When it comes: "06:00 on weekdays", "every 15m", "after Collect", "when inbox/*.csv changes". */
export function ruleWords(one: Ruled, nameOf: (module: string) => string): string {
  if (one.kind === "cron") return cronWords(one.cron ?? "");
  if (one.kind === "every") return `every ${spanText(one.every ?? 0)}`;
  if (one.kind === "after") return `after ${(one.after ?? []).map(nameOf).join(" or ")}`;
  return `when ${(one.files ?? []).join(" or ")} changes`;
}

const DAY = 86_400_000;

/** How long until then, in one unit: "now", "in 42 s", "in 5 min", "in 3 h", "in 2 d". */
export function until(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  if (seconds <= 0) return "now";
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `in ${Math.floor(seconds / 3600)} h`;
  return `in ${Math.floor(seconds / 86_400)} d`;
}

const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0);

/** "today 06:00", "tomorrow 06:00", "Mon 23 Nov 06:00", in the zone of the browser. */
export function dayAndTime(at: number, now: number): string {
  const days = Math.round((midnight(at) - midnight(now)) / DAY);
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
  const date = new Date(at);
  const year = date.getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" as const };
  const day =
    near ?? date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", ...year });
  return `${day.replace(",", "")} ${timeOfDay(at)}`;
}

/** "06:00", with seconds where there are any. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = date.getSeconds() === 0 ? "" : `:${two(date.getSeconds())}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
}

/** The zone of the browser. */
export const personZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
