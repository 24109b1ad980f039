/** How far a run says that it is. */
import type { Run } from "@/api/types";
import { count } from "@/design/format";
import classes from "./Progress.module.css";

type Reported = Pick<Run, "progress_percent" | "message" | "items_processed" | "items_total" | "module_name">;

export function Progress({ run }: { run: Reported }) {
  const { progress_percent: percent, message, items_processed: items, items_total: total } = run;
  if (percent === null && message === null && items === null) return null;
  return (
    <div className={classes.progress}>
      {percent !== null && (
        <div
          className={classes.bar}
          role="progressbar"
          aria-label={`Progress of ${run.module_name}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
        >
          <div className={classes.fill} style={{ width: `${percent}%` }} />
        </div>
      )}
      <p className={classes.words}>
        {percent !== null && <strong>{percent} %</strong>}
        {items !== null && (
          <span className="muted">
            {count(items)}
            {total !== null && ` of ${count(total)}`}
          </span>
        )}
        {message !== null && <span className={classes.message}>{message}</span>}
      </p>
    </div>
  );
}
