/** Times along a chart, as fine as its span. */
import { clockTime, dayOf } from "./format";

const HOUR = 3_600;
const DAY = 24 * HOUR;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** One word for each of the ticks (epoch seconds, ascending) of a chart that spans so many seconds. */
export function tickWords(ticks: readonly number[], span: number): string[] {
  return ticks.map((tick, index) => {
    const date = new Date(tick * 1000);
    const day = `${date.getDate()} ${MONTHS[date.getMonth()]}`;
    if (span > 300 * DAY) return `${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
    if (span > 4 * DAY) return day;
    const before = ticks[index - 1];
    const isNewDay = before !== undefined && dayOf(new Date(before * 1000)) !== dayOf(date);
    if (isNewDay) return day;
    return clockTime(tick * 1000).slice(0, tick % 60 === 0 ? "12:34".length : "12:34:56".length);
  });
}

/** When a point was, as exactly as people need it in a chart of that span. */
export function pointTime(at: number, span: number): string {
  const time = clockTime(at * 1000);
  if (span <= 2 * HOUR) return time;
  const minutes = time.slice(0, "12:34".length);
  return span <= DAY ? minutes : `${dayOf(new Date(at * 1000))} ${minutes}`;
}
