/** The newest probes as bars, the newest at the right; one at a time is read out, by pointer or by arrow keys. */
import { type KeyboardEvent, useState } from "react";
import type { Probe } from "@/api/types";
import { clockTime, exactTime } from "@/design/format";
import classes from "./HealthTab.module.css";
import { barHeight, probeWords } from "./probing";

const MOST = 200;
const BAR = 4;
const HEIGHT = 56;

export function ProbeStrip({ probes }: { probes: readonly Probe[] }) {
  const [chosenAt, choose] = useState<string | null>(null);
  const found = probes.findIndex(({ at }) => at === chosenAt);
  const index = found < 0 ? probes.length - 1 : found;
  const probe = probes[index];
  if (!probe) return null;
  const go = (to: number) => choose(probes[Math.min(probes.length - 1, Math.max(0, to))]?.at ?? null);
  const words = `${clockTime(Date.parse(probe.at))}: ${probeWords(probe)}`;
  return (
    <div className={classes.strip}>
      <div
        className={classes.bars}
        role="slider"
        tabIndex={0}
        aria-label="Probe"
        aria-valuemin={1}
        aria-valuemax={probes.length}
        aria-valuenow={index + 1}
        aria-valuetext={words}
        onKeyDown={(event) => onKey(event, index, probes.length, go)}
        onPointerLeave={() => choose(null)}
      >
        <svg
          viewBox={`0 0 ${MOST * BAR} ${HEIGHT}`}
          preserveAspectRatio="none"
          height={HEIGHT}
          width="100%"
          aria-hidden="true"
        >
          {probes.map((one, at) => (
            <Bar
              key={one.at}
              probe={one}
              x={(MOST - probes.length + at) * BAR}
              chosen={at === index}
              choose={() => choose(one.at)}
            />
          ))}
        </svg>
      </div>
      <p className={classes.read} data-ok={probe.ok} title={exactTime(Date.parse(probe.at))}>
        {words}
      </p>
    </div>
  );
}

interface BarProps {
  probe: Probe;
  x: number;
  chosen: boolean;
  choose: () => void;
}

/** A bad one is of full height and cut through, so that it is not told by its colour alone. */
function Bar({ probe, x, chosen, choose }: BarProps) {
  const height = barHeight(probe) * (HEIGHT - 6);
  return (
    <g className={classes.bar} data-ok={probe.ok} data-chosen={chosen || undefined} onPointerEnter={choose}>
      <rect className={classes.hit} x={x} y={0} width={BAR} height={HEIGHT} />
      <rect x={x + 0.5} y={HEIGHT - 6 - height} width={BAR - 1} height={height} />
      {!probe.ok && <rect className={classes.cut} x={x} y={HEIGHT / 2 - 4} width={BAR} height={3} />}
      {chosen && <rect x={x} y={HEIGHT - 3} width={BAR} height={3} />}
    </g>
  );
}

const STEPS: Record<string, (index: number, length: number) => number> = {
  ArrowLeft: (index) => index - 1,
  ArrowDown: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  ArrowUp: (index) => index + 1,
  PageDown: (index) => index - 10,
  PageUp: (index) => index + 10,
  Home: () => 0,
  End: (_, length) => length - 1,
};

function onKey(event: KeyboardEvent, index: number, length: number, go: (to: number) => void): void {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  go(step(index, length));
}
