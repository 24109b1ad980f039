/** The alerts that fire, the most urgent first, and those of the past. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { firingQuery, pastAlertsQuery } from "@/api/queries/alerts";
import type { Alert } from "@/api/types";
import { NextPage } from "@/design/NextPage";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import { useRowMoves } from "@/shell/rows";
import classes from "./AlertList.module.css";
import { AlertRow } from "./AlertRow";
import { bySeverity } from "./words";

export default function AlertList() {
  const list = useRef<HTMLDivElement>(null);
  const offline = useOffline() !== null;
  useRowMoves(list, "alert");
  return (
    <div ref={list} className={`${classes.parts} ${offline ? "stale" : ""}`}>
      <Firing />
      <Past />
    </div>
  );
}

function Firing() {
  const { data, error, refetch } = useQuery(firingQuery);
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={2} height={64} />
    );
  return (
    <section aria-label="Firing">
      <h2 className={classes.heading}>
        Firing <span className="muted">{data.alerts.length}</span>
      </h2>
      {data.alerts.length === 0 ? (
        <p className={classes.well}>
          Nothing is wrong that a rule looks for. <Link to="/alerts/rules">See the rules</Link>
        </p>
      ) : (
        <Rows alerts={data.alerts.toSorted(bySeverity)} />
      )}
    </section>
  );
}

function Past() {
  const found = useInfiniteQuery(pastAlertsQuery);
  const { data, error, refetch } = found;
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={4} height={52} />
    );
  const alerts = data.pages.flatMap((page) => page.alerts);
  return (
    <section aria-label="Past">
      <h2 className={classes.heading}>Past</h2>
      {alerts.length === 0 ? (
        <Empty title="No alert has ended yet">
          What fired is kept here, with how long it lasted and why it ended.
        </Empty>
      ) : (
        <Rows alerts={alerts} />
      )}
      <NextPage of={found}>Older alerts</NextPage>
    </section>
  );
}

function Rows({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <ul className={`panel ${classes.rows}`}>
      {alerts.map((alert) => (
        <AlertRow key={alert.id} alert={alert} />
      ))}
    </ul>
  );
}
