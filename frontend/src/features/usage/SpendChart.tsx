/** Spend by day as bars, with the lines of the budgets that are for each day and for everything. */
import type { Budget, UsageDay } from "@/api/types";
import { dollars, unknownCost } from "./money";
import classes from "./SpendChart.module.css";

const HEIGHT = 120;
const GAP = 0.25; // of the width of a day

interface Line {
  id: string;
  kind: "soft" | "hard";
  at: number;
}

export function SpendChart({ days, budgets }: { days: readonly UsageDay[]; budgets: readonly Budget[] }) {
  const lines = budgetLines(budgets);
  const top = Math.max(...days.map((day) => day.cost ?? 0), ...lines.map((line) => line.at), 0) || 1;
  const height = (value: number) => (value / top) * HEIGHT;
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.caption}>
        <span>Spend by day, UTC</span>
        {days.some(unknownCost) && (
          <span className={`${classes.unknown} small`}>with calls of unknown cost</span>
        )}
        <span className="muted small">to {dollars(top)}</span>
      </figcaption>
      <svg
        className={classes.plot}
        viewBox={`0 0 ${days.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Spend of ${days.length} days; the table below has the figures`}
      >
        {days.map((day, index) => (
          <g key={day.date}>
            <title>{dayWords(day)}</title>
            <rect className={classes.day} x={index} y={0} width={1} height={HEIGHT} />
            <rect
              className={classes.bar}
              data-unknown={unknownCost(day) !== undefined || undefined}
              x={index + GAP / 2}
              y={HEIGHT - barHeight(day, height)}
              width={1 - GAP}
              height={barHeight(day, height)}
            />
          </g>
        ))}
        {lines.map((line) => (
          <line
            key={`${line.id} ${line.kind}`}
            className={classes.line}
            data-kind={line.kind}
            x1={0}
            x2={days.length}
            y1={HEIGHT - height(line.at)}
            y2={HEIGHT - height(line.at)}
          >
            <title>{`Budget ${line.id}: ${line.kind} at ${dollars(line.at)}`}</title>
          </line>
        ))}
      </svg>
      <div className={`${classes.axis} muted small`} aria-hidden>
        <span>{days[0]?.date}</span>
        <span>{days.at(-1)?.date}</span>
      </div>
    </figure>
  );
}

/** A day on which only calls of unknown cost were made has a mark, though no height is known for it. */
function barHeight(day: UsageDay, height: (value: number) => number): number {
  const known = height(day.cost ?? 0);
  return unknownCost(day) === undefined ? known : Math.max(known, 3);
}

function dayWords(day: UsageDay): string {
  const unknown = unknownCost(day);
  return `${day.date}: ${dollars(day.cost)}, ${day.calls} calls${unknown ? `, ${unknown}` : ""}`;
}

/** A budget of one service or model says nothing of the height of a whole day. */
export function budgetLines(budgets: readonly Budget[]): Line[] {
  return budgets
    .filter(({ per, service, provider, model }) => per === "day" && !service && !provider && !model)
    .flatMap(({ id, soft, hard }) => [
      ...(soft === null ? [] : [{ id, kind: "soft" as const, at: soft }]),
      ...(hard === null ? [] : [{ id, kind: "hard" as const, at: hard }]),
    ]);
}
