/** When a schedule would run: its next times in its own zone, and in that of whoever looks where that is another. */
import type { SchedulePreview } from "@/api/types";
import { Failure, Skeletons } from "@/design/states";
import { byClock, type Draft } from "./form";
import classes from "./NextTimes.module.css";
import { DayAndTime, Until } from "./When";
import { ruleWords } from "./words";

interface NextTimesProps {
  draft: Draft;
  nameOf: (module: string) => string;
  checked: { preview: SchedulePreview | null; error: unknown; current: boolean };
  /** Whether the form can be asked about at all. */
  asked: boolean;
  title?: string;
}

export function NextTimes({ draft, nameOf, checked, asked, title = "When it would run" }: NextTimesProps) {
  const { preview, error, current } = checked;
  return (
    <section className={`panel ${classes.next}`} aria-label={title} aria-busy={asked && !current}>
      <h2>{title}</h2>
      {!asked ? (
        <p className="muted">
          {draft.module === ""
            ? "Choose a module, and its next times stand here."
            : "That cannot be read yet."}
        </p>
      ) : byClock(draft.kind) ? (
        preview ? (
          <Times preview={preview} />
        ) : error ? (
          <Failure error={error} />
        ) : (
          <Skeletons count={1} height={130} />
        )
      ) : (
        <Waits draft={draft} nameOf={nameOf} />
      )}
    </section>
  );
}

function Times({ preview: { times } }: { preview: SchedulePreview }) {
  if (times.length === 0) return <p className="muted">It would not run as it stands.</p>;
  const elsewhere = times.some(({ at, local }) => offsetOf(local) !== -new Date(at).getTimezoneOffset());
  return (
    <table className={classes.times}>
      <caption className="unseen">The next five times</caption>
      <thead>
        <tr>
          {elsewhere && <th scope="col">In its zone</th>}
          <th scope="col">{elsewhere ? "Here" : "At"}</th>
          <th scope="col" className="number">
            <span className="unseen">From now</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {times.map(({ at, local }) => (
          <tr key={at}>
            {elsewhere && <td>{localWords(local)}</td>}
            <td>
              <DayAndTime at={at} />
            </td>
            <td className="number muted">
              <Until at={at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Minutes east of UTC in "2026-11-23T06:00:00+01:00". */
function offsetOf(local: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)(?::\d\d)?$/.exec(local) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

/** "Mon 23 Nov 06:00 +01:00": clocks as they are there, not here. */
function localWords(local: string): string {
  const there = new Date(`${local.slice(0, 19)}Z`);
  const day = there.toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  });
  const seconds = local.slice(16, 19) === ":00" ? "" : local.slice(16, 19);
  return `${day.replace(",", "")} ${local.slice(11, 16)}${seconds} ${local.slice(-6)}`;
}

function Waits({ draft, nameOf }: Pick<NextTimesProps, "draft" | "nameOf">) {
  const files = draft.files.split("\n").filter((line) => line.trim() !== "");
  if ((draft.kind === "after" ? draft.after : files).length === 0)
    return <p className="muted">Not yet: name what it waits for.</p>;
  const rule = { kind: draft.kind, cron: null, every: null, zone: null, after: draft.after, files };
  return (
    <>
      <p>Each time, {ruleWords(rule, nameOf)}.</p>
      <p className="muted small">
        {draft.overlap
          ? "Also while its run before still goes."
          : "What happens while its run before still goes is done once after it has ended."}
      </p>
    </>
  );
}
