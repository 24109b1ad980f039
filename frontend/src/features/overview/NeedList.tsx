/** What needs a person: what, why, and the button or the way that puts it right. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { ErrorIcon, WarningIcon } from "@/design/icons";
import { Countdown } from "@/design/StatusMark";
import { Refusal } from "@/features/supervisor/Refusal";
import { ServiceActions } from "@/features/supervisor/ServiceActions";
import { useOffline } from "@/live/context";
import classes from "./NeedList.module.css";
import type { Need, Whither } from "./needs";

/** More than these push the services out of sight. */
const SHOWN = 5;

export function NeedList({ found }: { found: readonly Need[] }) {
  const [all, setAll] = useState(false);
  const offline = useOffline() !== null;
  if (found.length === 0) return null;
  const more = found.length - SHOWN;
  return (
    <section className={`panel ${offline ? "stale" : ""}`} aria-label="What needs you">
      <ul>
        {(all ? found : found.slice(0, SHOWN)).map((need) => (
          <Item key={need.id} need={need} />
        ))}
      </ul>
      {more > 0 && (
        <Button variant="subtle" fullWidth className={classes.more as string} onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show ${more} more`}
        </Button>
      )}
    </section>
  );
}

function Item({ need }: { need: Need }) {
  const { severity, what, why, whither, service } = need;
  return (
    <li className={classes.need} data-severity={severity}>
      {severity === "error" ? <ErrorIcon /> : <WarningIcon />}
      <div className={classes.words}>
        <p className={classes.what}>
          <Way whither={whither}>{what}</Way>
          {service?.status === "backoff" && service.retry_at && <Countdown until={service.retry_at} />}
        </p>
        {why && <p className="muted small">{why}</p>}
        {service && (
          <Refusal id={service.id} port={service.port} status={service.status} since={service.since} />
        )}
      </div>
      {service && <ServiceActions id={service.id} name={service.name} status={service.status} />}
    </li>
  );
}

function Way({ whither, children }: { whither: Whither; children: ReactNode }) {
  if (whither.place === "service")
    return (
      <Link to="/services/$id/$tab" params={{ id: whither.id, tab: whither.tab }}>
        {children}
      </Link>
    );
  return <Link to={PLACES[whither.place]}>{children}</Link>;
}

const PLACES = {
  alerts: "/alerts",
  configuration: "/diagnostics/configuration",
  diagnostics: "/diagnostics",
  usage: "/usage",
} as const;
