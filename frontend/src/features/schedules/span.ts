/** Which days the calendar shows; all of it lives in the URL. Days are ISO dates, and weeks begin on Monday. */

export interface CalendarSearch {
  span?: "week";
  /** A day of the week or month that is shown; today where there is none. */
  day?: string;
}

export interface Span {
  from: string;
  days: number;
}

/** Reads it out of search parameters that anyone may have typed. */
export function readCalendarSearch({ span, day }: Record<string, unknown>): CalendarSearch {
  return {
    ...(span === "week" ? { span } : {}),
    ...(isDay(day) ? { day } : {}),
  };
}

function isDay(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && iso(utc(value)) === value;
}

const DAY = 86_400_000;

/** Dates are reckoned as midnights of UTC, where every day is as long as any other. */
const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);

function iso(moment: number): string {
  return Number.isNaN(moment) ? "" : new Date(moment).toISOString().slice(0, 10);
}

export const plusDays = (day: string, days: number) => iso(utc(day) + days * DAY);

const sinceMonday = (day: string) => (new Date(utc(day)).getUTCDay() + 6) % 7;

export const monthOf = (day: string) => day.slice(0, 7);

/** The week of a day, or the weeks of its month. */
export function spanOf(day: string, kind: "week" | "month"): Span {
  if (kind === "week") return { from: plusDays(day, -sinceMonday(day)), days: 7 };
  const first = `${monthOf(day)}-01`;
  const from = plusDays(first, -sinceMonday(first));
  const last = plusDays(otherMonth(first, 1), -1);
  const days = (utc(last) - utc(from)) / DAY + 1;
  return { from, days: Math.ceil(days / 7) * 7 };
}

/** The same day so many months later, or the last of that month where it has no such day. */
export function otherMonth(day: string, by: number): string {
  const date = new Date(utc(day));
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by + 1, 0)).getUTCDate();
  return iso(first + (Math.min(date.getUTCDate(), last) - 1) * DAY);
}

/** Today in the zone of the browser. */
export function today(now = new Date()): string {
  return iso(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()));
}

const words = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  return (day: string) => format.format(utc(day));
};

export const dayWords = words({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const shortDay = words({ weekday: "short", day: "numeric", month: "short" });
export const weekday = words({ weekday: "short" });
const monthWords = words({ month: "long", year: "numeric" });
const dayMonth = words({ day: "numeric", month: "short" });
const dayMonthYear = words({ day: "numeric", month: "short", year: "numeric" });

export function spanWords(day: string, kind: "week" | "month"): string {
  if (kind === "month") return monthWords(day);
  const { from } = spanOf(day, "week");
  return `${dayMonth(from)} – ${dayMonthYear(plusDays(from, 6))}`;
}
