/** One firing of a rule: what is or was wrong, since when, and the way to silence it. */
import { Link } from "@tanstack/react-router";
import type { Alert } from "@/api/types";
import { duration, exactTime } from "@/design/format";
import { Ago, useNow } from "@/design/time";
import classes from "./AlertList.module.css";
import { SeverityMark } from "./SeverityMark";
import { SilenceMenu } from "./SilenceMenu";
import { SilenceWords } from "./SilenceWords";
import { valueWords } from "./words";

export function AlertRow({ alert }: { alert: Alert }) {
  const fires = alert.state === "firing";
  return (
    <li className={classes.alert} data-severity={fires ? alert.severity : undefined} data-alert={alert.rule}>
      <SeverityMark severity={alert.severity} />
      <div className={classes.what}>
        <p className={classes.summary}>{alert.summary}</p>
        <p className="muted small">
          rule <Link to="/alerts/rules">{alert.rule}</Link>
          {alert.service !== null && (
            <>
              {" · "}
              <Link to="/services/$id/$tab" params={{ id: alert.service, tab: "logs" }}>
                {alert.service}
              </Link>
            </>
          )}
          {alert.reason && ` · ${alert.reason}`}
        </p>
        <SilenceWords quiet={alert} />
      </div>
      <span className={classes.value}>{valueWords(alert)}</span>
      <span className={classes.when}>
        <Link
          to="/events"
          search={{ area: ["alerts"], subject: alert.rule }}
          title={`Fired ${exactTime(Date.parse(alert.fired_at))}: its events`}
          data-row
        >
          <Ago at={alert.fired_at} />
        </Link>
        <span className="muted small">{fires ? <Lasting since={alert.fired_at} /> : lasted(alert)}</span>
      </span>
      <span className={classes.actions}>{fires && <SilenceMenu what={alert} />}</span>
    </li>
  );
}

function Lasting({ since }: { since: string }) {
  return `for ${duration((useNow() - Date.parse(since)) / 1000)}`;
}

function lasted({ fired_at, resolved_at }: Alert): string {
  return resolved_at === null
    ? ""
    : `lasted ${duration((Date.parse(resolved_at) - Date.parse(fired_at)) / 1000)}`;
}
