/** A small line of the past hour, or of whatever span the chart has: the most of each of its points, so that no spike is lost. */
import { memo } from "react";
import type { Chart } from "@/api/types";
import classes from "./PastSpark.module.css";
import { highest, pastPath, SPARK_HEIGHT, SPARK_WIDTH } from "./spark";

interface PastSparkProps {
  /** Undefined until it is known: the box is there already. */
  chart: Chart | undefined;
  /** What the line spans at least, from zero. */
  least?: number;
}

export const PastSpark = memo(function PastSpark({ chart, least = 0 }: PastSparkProps) {
  return (
    <svg
      className={classes.spark}
      viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={`M0 ${SPARK_HEIGHT - 0.5}H${SPARK_WIDTH}`} stroke="var(--line)" />
      {chart && (
        <path
          d={pastPath(...highest(chart), least)}
          fill="none"
          stroke="var(--accent)"
          strokeWidth="1.4"
          vectorEffect="non-scaling-stroke"
          strokeLinejoin="round"
        />
      )}
    </svg>
  );
});
