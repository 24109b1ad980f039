/** The drawing of a small line, in a box of fixed size: of the last values, or of a span of the past. */
import type { Chart } from "@/api/types";

export const SPARK_WIDTH = 96;
export const SPARK_HEIGHT = 24;
export const SPARK_SAMPLES = 60;

/** What the line spans at least, so that the noise of an idle tool stays flat. */
export const LEAST_SPAN = 20;
const STEP = SPARK_WIDTH / (SPARK_SAMPLES - 1);

/** A path whose right end is now; a null lifts the pen. */
export function sparkPath(values: readonly (number | null)[]): string {
  const most = values.reduce<number>((top, value) => Math.max(top, value ?? 0), LEAST_SPAN);
  const left = SPARK_WIDTH - (values.length - 1) * STEP;
  let path = "";
  let down = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      down = false;
      continue;
    }
    path += `${down ? "L" : "M"}${across(left + index * STEP)} ${height(value, most)}`;
    down = true;
  }
  return path;
}

export interface SparkPoint {
  /** Epoch milliseconds. */
  at: number;
  value: number;
}

export interface SparkSpan {
  /** Epoch milliseconds. */
  from: number;
  to: number;
  /** Milliseconds between two points; what is much further apart is a gap. */
  step: number;
}

/** So many steps without a point are a gap. */
export const GAP_STEPS = 2.5;

/** The points and the span of a chart: the most of each of its points, so that no spike is lost. */
export function highest({ points, from, to, step }: Chart): [SparkPoint[], SparkSpan] {
  return [
    points.map(({ at, max }) => ({ at: Date.parse(at), value: max })),
    { from: Date.parse(from), to: Date.parse(to), step: step * 1000 },
  ];
}

/** A path over the whole of a span; a point alone is a dot. The top is the highest point, and no less than `least`. */
export function pastPath(
  points: readonly SparkPoint[],
  { from, to, step }: SparkSpan,
  least: number,
): string {
  const most = points.reduce((top, { value }) => Math.max(top, value), least) || 1;
  let path = "";
  let last: number | null = null;
  for (const [index, { at, value }] of points.entries()) {
    const place = `${across(((at - from) / (to - from)) * SPARK_WIDTH)} ${height(value, most)}`;
    const begins = last === null || at - last > GAP_STEPS * step;
    const next = points[index + 1]?.at;
    const alone = begins && (next === undefined || next - at > GAP_STEPS * step);
    path += begins ? `M${place}${alone ? "h1" : ""}` : `L${place}`;
    last = at;
  }
  return path;
}

/** The values of a span step by step, as far as `end` (epoch milliseconds); in a gap they are null. */
export function stepwise(
  points: readonly SparkPoint[],
  { from, to, step }: SparkSpan,
  end: number,
): (number | null)[] {
  const known = new Map(points.map(({ at, value }) => [Math.floor((at - from) / step), value]));
  const values: (number | null)[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let place = 0; from + place * step < Math.min(to, end); place += 1) {
    if (known.has(place)) last = place;
    values.push(place - last < GAP_STEPS ? (known.get(last) ?? null) : null);
  }
  return values;
}

const across = (x: number) => Math.round(Math.max(0, Math.min(SPARK_WIDTH, x)) * 10) / 10;

const height = (value: number, most: number) =>
  Math.round((SPARK_HEIGHT - 1.5 - (value / most) * (SPARK_HEIGHT - 3)) * 10) / 10;
