/** How many alerts fire that nobody silenced: always in sight, and the way to them. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { firingQuery } from "@/api/queries/alerts";
import { BellIcon } from "@/design/icons";
import { subscribeToClock } from "@/design/time";
import { useOffline } from "@/live/context";
import classes from "./AlertBell.module.css";
import { bySeverity, isQuiet } from "./words";

export function AlertBell() {
  const alerts = useQuery(firingQuery).data?.alerts ?? [];
  const told = () => alerts.filter((alert) => !isQuiet(alert, Date.now()));
  // Drawn anew when a silence ends, and not each second.
  useSyncExternalStore(subscribeToClock, () => told().length);
  const offline = useOffline() !== null;
  const loud = told();
  const worst = loud.toSorted(bySeverity)[0];
  const amount =
    alerts.length === 0
      ? "No alert"
      : `${loud.length === 1 ? "1 alert" : `${loud.length} alerts`}${quietWords(alerts.length - loud.length)}`;
  const words = offline ? `${amount} when the connection was lost` : amount;
  return (
    <Link
      to="/alerts"
      className={`${classes.bell} ${offline ? "stale" : ""}`}
      data-severity={worst?.severity}
      aria-label={words}
      title={words}
    >
      <BellIcon />
      {loud.length > 0 && (
        <span className={classes.count}>{loud.length > MOST ? `${MOST}+` : loud.length}</span>
      )}
    </Link>
  );
}

const MOST = 99;

function quietWords(amount: number): string {
  return amount === 0 ? "" : `, and ${amount} silenced`;
}
