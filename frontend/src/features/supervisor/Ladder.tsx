/** How a service is being stopped, step by step, until force; and afterwards which step did it. */
import { useQuery } from "@tanstack/react-query";
import { serviceQuery } from "@/api/queries/supervisor";
import type { Ladder, LastStop, Rung } from "@/api/types";
import { duration } from "@/design/format";
import { CloseIcon, OkIcon } from "@/design/icons";
import { Ago, useNow } from "@/design/time";
import classes from "./Ladder.module.css";

const FORCE = "kill";

const rungWords = (name: string) => (name === FORCE ? "force" : name);

export function LadderSteps({ ladder }: { ladder: Ladder }) {
  const now = useNow();
  const present = ladder.rungs.find(({ state }) => state === "now");
  return (
    <section className={`panel ${classes.ladder}`} aria-label="How it is being stopped">
      <ol className={classes.rungs}>
        {ladder.rungs.map((rung, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the steps of a stop never change places
          <Step key={index} rung={rung} now={now} />
        ))}
      </ol>
      <p className={classes.force}>{untilForce(ladder, present, now)}</p>
      {ladder.holding.length > 0 && (
        <p className="muted">
          Still there:{" "}
          {ladder.holding.map(({ pid, name }, index) => (
            <span key={pid}>
              {index > 0 && ", "}
              <strong>{name}</strong> ({pid})
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function Step({ rung, now }: { rung: Rung; now: number }) {
  const since = rung.began_at === null ? null : (now - Date.parse(rung.began_at)) / 1000;
  return (
    <li
      className={classes.rung}
      data-state={rung.state}
      aria-current={rung.state === "now" ? "step" : undefined}
    >
      <span className={classes.mark} aria-hidden="true">
        {rung.state === "done" && <CloseIcon size={12} />}
      </span>
      <span>
        {rungWords(rung.name)}
        <span className="unseen">{SPOKEN[rung.state]}</span>
      </span>
      {rung.state === "now" && since !== null && <span className="muted small">for {duration(since)}</span>}
    </li>
  );
}

const SPOKEN: Record<Rung["state"], string> = {
  done: ", tried",
  now: ", now",
  next: ", still to come",
};

/** What comes next, in one line. */
export function untilForce(ladder: Ladder, present: Rung | undefined, now: number): string {
  if (present?.name === FORCE) return "It is being ended by force.";
  const left = Math.ceil((Date.parse(ladder.force_at) - now) / 1000);
  return left > 0 ? `By force in ${duration(left)}.` : "By force now.";
}

/** "Stopped by SIGTERM in 1.24 s, 3 min ago" */
export function Receipt({ stop }: { stop: LastStop }) {
  return (
    <>
      {receiptWords(stop)}, <Ago at={stop.at} />
    </>
  );
}

export function receiptWords({ rung, seconds }: Pick<LastStop, "rung" | "seconds">): string {
  const time = seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;
  if (rung === "none") return `Ended by itself while it was being stopped, in ${time}`;
  return `Stopped by ${rungWords(rung)} in ${time}`;
}

export function LastReceipt({ id }: { id: string }) {
  const stop = useQuery(serviceQuery(id)).data?.last_stop;
  if (!stop) return null;
  return (
    <p className={classes.receipt}>
      <OkIcon size={15} />
      <span>
        <Receipt stop={stop} />
      </span>
    </p>
  );
}
