/** When a schedule comes next, or what it waits for. */
import type { Schedule } from "@/api/types";
import { StatusWord } from "@/design/StatusMark";
import { DayAndTime, Until } from "./When";

export function Next({ schedule: { paused, next_at, kind } }: { schedule: Schedule }) {
  if (paused) return <StatusWord status="stopped" word="paused" />;
  if (kind === "after" || kind === "files")
    return <span className="muted">{next_at === null ? "when that happens" : "once its run has ended"}</span>;
  if (next_at === null) return <span className="muted">never again</span>;
  return (
    <>
      <Until at={next_at} />{" "}
      <span className="muted small">
        <DayAndTime at={next_at} />
      </span>
    </>
  );
}
