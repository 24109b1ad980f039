/** The past as a line to move along: what the machine did is drawn under the handle. */
import { useQuery } from "@tanstack/react-query";
import { pastQuery } from "@/api/queries/system";
import { clockTime, exactTime, timeToSecond } from "@/design/format";
import { highest, pastPath, SPARK_HEIGHT, SPARK_WIDTH } from "@/design/spark";
import classes from "./Moment.module.css";
import type { Track } from "./moment";

interface TrackProps {
  track: Track;
  /** Epoch milliseconds. */
  at: number;
  choose: (at: number) => void;
  /** Whether it stays where it is, and why. */
  held: { disabled: boolean; title: string | undefined };
}

const DRAWN = ["cpu", "memory"];
const WHOLE = 100; // percent

export function MomentTrack({ track: { from, to, step }, at, choose, held }: TrackProps) {
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const charts = useQuery(pastQuery(DRAWN, span)).data ?? [];
  const share = (at - from) / (to - from);
  return (
    <div className={classes.track}>
      <svg viewBox={`0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {charts.map((chart) => (
          <path
            key={chart.metric}
            data-metric={chart.metric}
            d={pastPath(...highest(chart), WHOLE)}
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
      <div className={classes.rail} aria-hidden="true">
        <span className={classes.cursor} style={{ left: `${100 * share}%` }} />
      </div>
      <input
        type="range"
        aria-label="Moment"
        {...held}
        aria-valuetext={timeToSecond(at)}
        min={from}
        max={to}
        step={step}
        value={at}
        onChange={(event) => choose(Number(event.currentTarget.value))}
      />
      <div className={classes.ends}>
        <span>{shortTime(from, to - from)}</span>
        <span className={classes.legend}>
          <span data-metric="cpu">CPU</span>
          <span data-metric="memory">Memory</span>
        </span>
        <span>{shortTime(to, to - from)}</span>
      </div>
    </div>
  );
}

const DAY = 86_400_000;

/** The time of day; with the day where the track is longer than one. */
function shortTime(at: number, span: number): string {
  return span >= DAY ? exactTime(at).slice(0, "2026-11-22 01:00".length) : clockTime(at).slice(0, 5);
}
