/** The last values of one number in a box of fixed size. A picture beside the number, not instead of it. */

const WIDTH = 96;
const HEIGHT = 24;

export function Sparkline({
  values,
  most,
  amount,
}: {
  values: (number | null)[];
  most: number;
  amount: number;
}) {
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} stroke="var(--line)" />
      <path
        d={sparkPath(values, most, amount)}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** A path whose right end is now; a null lifts the pen. */
export function sparkPath(values: (number | null)[], most: number, amount: number): string {
  const step = WIDTH / Math.max(1, amount - 1);
  const left = WIDTH - (values.length - 1) * step;
  let path = "";
  let down = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      down = false;
      continue;
    }
    const y = HEIGHT - 1.5 - (Math.min(value, most) / (most || 1)) * (HEIGHT - 3);
    path += `${down ? "L" : "M"}${(left + index * step).toFixed(1)} ${y.toFixed(1)}`;
    down = true;
  }
  return path;
}
