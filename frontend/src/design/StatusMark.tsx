/** A service's status by shape, word and colour; its health as a small second mark. */
import { memo } from "react";
import type { Health, ServiceView, Status } from "@/api/types";
import { duration } from "./format";
import classes from "./StatusMark.module.css";
import { useNow } from "./time";

const SHAPES: Record<Status, React.ReactNode> = {
  running: <circle cx="8" cy="8" r="6" fill="currentColor" stroke="none" />,
  starting: <circle cx="8" cy="8" r="5.5" strokeDasharray="24 11" />,
  stopping: <circle cx="8" cy="8" r="5.5" strokeDasharray="24 11" />,
  waiting: <circle cx="8" cy="8" r="5.5" strokeDasharray="2.6 3.16" />,
  backoff: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 5v3.3l2 1.2" />
    </>
  ),
  stopped: <circle cx="8" cy="8" r="5.5" />,
  exited: <path d="M3 8.6 6.4 12 13 4.6" />,
  failed: <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />,
};

export function StatusShape({ status, size = 14 }: { status: Status; size?: number }) {
  const moving = status === "starting" || status === "stopping";
  return (
    <span
      className={classes.shape}
      data-status={status}
      data-moving={moving || undefined}
      style={{ width: size, height: size }}
    >
      <svg
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {SHAPES[status]}
      </svg>
    </span>
  );
}

/** `word` where what has the look of a status is called otherwise. */
export function StatusWord({ status, word = status }: { status: Status; word?: string }) {
  return (
    <span className={classes.status} data-status={status}>
      <StatusShape status={status} />
      <span className={classes.word}>{word}</span>
    </span>
  );
}

const HEALTH: Record<Exclude<Health, "none">, { sign: string; word: string }> = {
  healthy: { sign: "♥", word: "healthy" },
  unhealthy: { sign: "!", word: "unhealthy" },
  starting: { sign: "…", word: "checking" },
};

export function HealthMark({ health }: { health: Health }) {
  if (health === "none") return null;
  const { sign, word } = HEALTH[health];
  return (
    <span className={classes.health} data-health={health}>
      <span aria-hidden="true">{sign}</span>
      {word}
    </span>
  );
}

/** Seconds until the next automatic start, counting down. */
export function Countdown({ until }: { until: string }) {
  const left = Math.max(0, Math.ceil((Date.parse(until) - useNow()) / 1000));
  return <span className={classes.countdown}>{left === 0 ? "now" : `in ${duration(left)}`}</span>;
}

type Shown = Pick<ServiceView, "status" | "health" | "retry_at">;

export const ServiceStatus = memo(function ServiceStatus({ status, health, retry_at }: Shown) {
  return (
    <span className={classes.line}>
      <StatusWord status={status} />
      {status === "backoff" && retry_at && <Countdown until={retry_at} />}
      {status === "running" && <HealthMark health={health} />}
    </span>
  );
});
