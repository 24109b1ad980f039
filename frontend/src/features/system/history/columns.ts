/** The past as the daemon tells it and what the page has heard since, as columns of one chart. */
import type { Chart } from "@/api/types";
import type { Values } from "@/design/Chart";
import { GAP_STEPS } from "@/design/spark";

export interface Column {
  values: Values;
  low: Values;
  high: Values;
}

export interface Columns {
  /** Epoch seconds. */
  time: number[];
  series: ReadonlyMap<string, Column>;
}

/** What the page has heard itself: `of` is empty for what it hears nothing of. */
export interface Heard {
  time: readonly number[];
  of: (metric: string) => readonly (number | null)[];
}

interface Point {
  values: number | null;
  low: number | null;
  high: number | null;
}

const SILENCE: Point = { values: null, low: null, high: null };
const NOTHING: Column = { values: [], low: [], high: [] };

/** All series on one line of times. Where one of them has been silent it has a null, and its line a gap. */
export function columnsOf(charts: readonly Chart[]): Columns {
  const known = charts.map((chart) => ({ metric: chart.metric, points: pointsOf(chart) }));
  const moments = new Set(known.flatMap(({ points }) => [...points.keys()]));
  const time = [...moments].sort((one, other) => one - other);
  return { time, series: new Map(known.map(({ metric, points }) => [metric, columnOf(points, time)])) };
}

/** By their times, with nothing at both ends of each silence. */
function pointsOf({ points, step }: Chart): Map<number, Point> {
  const found = new Map<number, Point>();
  let before: number | null = null;
  for (const { at, min, avg, max } of points) {
    const second = Date.parse(at) / 1000;
    if (before !== null && second - before > GAP_STEPS * step) {
      found.set(before + step, SILENCE);
      found.set(second - step, SILENCE);
    }
    found.set(second, { values: avg, low: min, high: max });
    before = second;
  }
  return found;
}

function columnOf(points: ReadonlyMap<number, Point>, time: readonly number[]): Column {
  const pick = (edge: keyof Point) => {
    // Within a silence the time of another series is silence too.
    let silent = false;
    return time.map((at) => {
      const point = points.get(at);
      if (point) silent = point[edge] === null;
      return point ? point[edge] : silent ? null : undefined;
    });
  };
  return { values: pick("values"), low: pick("low"), high: pick("high") };
}

/** With what the page has heard since; a single sample is its own least and most. */
export function followed({ time, series }: Columns, heard: Heard): Columns {
  const last = time.at(-1) ?? 0;
  const first = heard.time.findIndex((at) => at > last);
  if (first < 0) return { time, series };
  const fresh = heard.time.slice(first);
  const longer = (metric: string, { values, low, high }: Column): Column => {
    const own = heard.of(metric).slice(first);
    const rest = own.length > 0 ? own : fresh.map(() => undefined);
    return { values: [...values, ...rest], low: [...low, ...rest], high: [...high, ...rest] };
  };
  return {
    time: [...time, ...fresh],
    series: new Map([...series].map(([metric, column]) => [metric, longer(metric, column)])),
  };
}

/** Of a series; empty where nothing is known of it. */
export function columnIn({ series }: Columns, metric: string): Column {
  return series.get(metric) ?? NOTHING;
}

/** Another unit: percent of a whole as a part of it. */
export function scaled({ values, low, high }: Column, factor: number): Column {
  const times = (column: Values) => column.map((value) => (value == null ? value : value * factor));
  return { values: times(values), low: times(low), high: times(high) };
}
