/** The box of a small line, empty: the board writes the line into it. A picture beside the number, not instead of it. */
import { SPARK_HEIGHT, SPARK_WIDTH } from "./spark";

export function Sparkline() {
  return (
    <svg
      width={SPARK_WIDTH}
      height={SPARK_HEIGHT}
      viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`}
      aria-hidden="true"
    >
      <path d={`M0 ${SPARK_HEIGHT - 0.5}H${SPARK_WIDTH}`} stroke="var(--line)" />
      <path data-figure="spark" fill="none" stroke="var(--accent)" strokeWidth="1.4" strokeLinejoin="round" />
    </svg>
  );
}
