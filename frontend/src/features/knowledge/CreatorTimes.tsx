/** When something was fetched from a creator, and when it will be. */
import type { Creator } from "@/api/types";
import { dayOf, exactTime } from "@/design/format";
import { Ago } from "@/design/time";
import classes from "./CreatorTimes.module.css";

export function LastFetched({ creator }: { creator: Creator }) {
  const { last_scan: fetched, failures } = creator;
  return (
    <>
      {fetched === null ? <span className="muted">never</span> : <Ago at={fetched} />}
      {failures > 0 && (
        <span className={classes.failed}>
          failed {failures} {failures === 1 ? "time" : "times"} since
        </span>
      )}
    </>
  );
}

export function NextDue({ creator: { due, due_at: at } }: { creator: Creator }) {
  if (due) return <strong>now</strong>;
  if (at === null) return <span className="muted">–</span>;
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={exactTime(moment)}>
      {dayOf(new Date(moment))}
    </time>
  );
}

export function Priority({ creator: { priority } }: { creator: Creator }) {
  return priority === null ? (
    <span className="muted">none</span>
  ) : (
    <span className={classes.tier} data-tier={priority}>
      {priority}
    </span>
  );
}
