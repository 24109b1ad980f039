/** Numbers and times as people read them. Exact values belong in a title beside these. */

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** 1 400 000 000 → "1.4 GB": decimal units, three significant digits at most. */
export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return "–";
  let size = Math.abs(value);
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return `${value < 0 ? "−" : ""}${size.toFixed(digits)} ${UNITS[unit]}`;
}

export function rate(value: number | null | undefined): string {
  return value == null ? "–" : `${bytes(value)}/s`;
}

export function percent(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return "–";
  return `${value.toFixed(value >= 99.95 ? 0 : 1)} %`;
}

export function celsius(value: number | null | undefined): string {
  return value == null || !Number.isFinite(value) ? "–" : `${Math.round(value)} °C`;
}

export function watts(value: number | null | undefined): string {
  return value == null || !Number.isFinite(value) ? "–" : `${Math.round(value)} W`;
}

/** 0.034 → "34 ms", 1.24 → "1.2 s" */
export function latency(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return "–";
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

export function count(value: number): string {
  return value.toLocaleString("en-GB").replaceAll(",", " ");
}

/** 3 840 → "1h 04m"; under a minute "42s"; over a day "3d 04h". */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${two(Math.floor((whole % 86_400) / 3600))}h`;
}

/** How long ago, in one unit: "just now", "42 s ago", "3 min ago", "2 h ago", "5 d ago". */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

/** Local time of day with seconds; milliseconds when asked for. */
export function clockTime(at: number, milliseconds = false): string {
  const date = new Date(at);
  const text = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return milliseconds ? `${text}.${pad(date.getMilliseconds(), 3)}` : text;
}

/** Exact local date and time, for titles. */
export function exactTime(at: number): string {
  const date = new Date(at);
  return `${dayOf(date)} ${clockTime(at, true)}`;
}

/** The local time to the second. */
export function timeToSecond(at: number): string {
  return exactTime(at).slice(0, "2026-11-22 01:00:00".length);
}

/** Midnight in the person's zone at the beginning of a day such as 2026-11-21, or of one so many days later. */
export function startOf(day: string, later = 0): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later);
}

/** The local day as 2026-11-21. */
export function dayOf(date: Date): string {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}
