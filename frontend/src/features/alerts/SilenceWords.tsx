/** Until when and by whom something is silenced, or what maintenance keeps it quiet; nothing where it is told. */
import { exactTime } from "@/design/format";
import { useNow } from "@/design/time";
import { until } from "@/features/schedules/words";
import classes from "./AlertList.module.css";
import { isSilenced } from "./words";

interface Quiet {
  silenced_until: string | null;
  silenced_by: string | null;
  maintenance: string | null;
}

export function SilenceWords({ quiet }: { quiet: Quiet }) {
  const now = useNow();
  const { silenced_until, silenced_by, maintenance } = quiet;
  if (silenced_until !== null && isSilenced(quiet, now))
    return (
      <p className={classes.quiet}>
        Silenced{silenced_by && ` by ${silenced_by}`}, told again{" "}
        <time dateTime={silenced_until} title={exactTime(Date.parse(silenced_until))}>
          {until(Date.parse(silenced_until), now)}
        </time>
      </p>
    );
  return (
    maintenance !== null && (
      <p className={classes.quiet}>Nobody is told during the maintenance {maintenance}</p>
    )
  );
}
