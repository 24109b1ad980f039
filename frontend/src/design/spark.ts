/** The drawing of a small line of the last values, in a box of fixed size. */

export const SPARK_WIDTH = 96;
export const SPARK_HEIGHT = 24;
export const SPARK_SAMPLES = 60;

/** What the line spans at least, so that the noise of an idle tool stays flat. */
const LEAST_SPAN = 20;
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
    const x = Math.round((left + index * STEP) * 10) / 10;
    const y = Math.round((SPARK_HEIGHT - 1.5 - (value / most) * (SPARK_HEIGHT - 3)) * 10) / 10;
    path += `${down ? "L" : "M"}${x} ${y}`;
    down = true;
  }
  return path;
}
