/** What was at a moment: states, runs, figures and alerts, then the lines and the events round it. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Moment } from "@/api/types";
import { exactTime } from "@/design/format";
import { HealthMark, StatusWord } from "@/design/StatusMark";
import { Empty } from "@/design/states";
import { SeverityMark } from "@/features/alerts/SeverityMark";
import { figuresOf } from "@/features/incidents/figures";
import { Lines } from "@/features/incidents/Lines";
import classes from "./Moment.module.css";
import { MomentEvents } from "./MomentEvents";

export function MomentView({ moment }: { moment: Moment }) {
  const { at, known_from, services, runs, samples, logs, events, alerts } = moment;
  if (known_from === null || known_from > at) return <Unknown from={known_from} />;
  const names = new Map([
    ...services.map(({ id, name }): [string, string] => [id, name]),
    ...runs.map(({ run_id, module_name }): [string, string] => [run_id, module_name]),
  ]);
  return (
    <div className={classes.parts}>
      <Part title="Services" count={services.length} none="None was known then.">
        <ul className={`panel ${classes.rows}`}>
          {services.map((one) => (
            <li key={one.id}>
              <span className={classes.name}>
                <Link to="/services/$id/$tab" params={{ id: one.id, tab: "events" }}>
                  {one.name}
                </Link>
              </span>
              {one.status === "running" && <HealthMark health={one.health} />}
              <StatusWord status={one.status} />
              <Link
                to="/events"
                search={{ seq: one.event_seq }}
                className="muted small"
                title={`Since ${exactTime(Date.parse(one.since))}${one.reason ? `: ${one.reason}` : ""}`}
              >
                why
              </Link>
            </li>
          ))}
        </ul>
      </Part>
      <div className={classes.part}>
        <Part title="Runs" count={runs.length} none="None went.">
          <ul className={`panel ${classes.rows}`}>
            {runs.map((run) => (
              <li key={run.run_id}>
                <span className={classes.name}>
                  <Link to="/runs/$id/$tab" params={{ id: run.run_id, tab: "log" }}>
                    {run.module_name}
                  </Link>
                </span>
                <span className="muted small">became {run.status}</span>
              </li>
            ))}
          </ul>
        </Part>
        <Part title="Alerts" count={alerts.length} none="None fired.">
          <ul className={`panel ${classes.rows}`}>
            {alerts.map((alert) => (
              <li key={alert.id}>
                <SeverityMark severity={alert.severity} />
                <span className={classes.name}>{alert.summary}</span>
              </li>
            ))}
          </ul>
        </Part>
      </div>
      <Part title="The machine" count={Object.keys(samples).length} none="Nothing was measured then.">
        <dl className={`panel ${classes.figures}`}>
          {figuresOf(samples)
            .filter(({ metric }) => !/^(service|run):/.test(metric))
            .map(({ metric, label, words }) => (
              <div key={metric}>
                <dt>{label}</dt>
                <dd>{words}</dd>
              </div>
            ))}
        </dl>
      </Part>
      <Part wide title="Lines round it" count={logs.length} none="Nothing was printed.">
        <div className={classes.logs}>
          {logs.map(({ service, run, lines }) => {
            const whose = service ?? run ?? "";
            return (
              <div key={whose} className={classes.log}>
                <h3>{names.get(whose) ?? whose}</h3>
                <Lines label={`Lines of ${whose}`} lines={lines} at={at} />
              </div>
            );
          })}
        </div>
      </Part>
      <Part wide title="Events round it" count={events.length} none="Nothing happened.">
        <MomentEvents events={events} />
      </Part>
    </div>
  );
}

interface PartProps {
  title: string;
  count: number;
  none: string;
  children: ReactNode;
  wide?: boolean;
}

function Part({ title, count, none, children, wide = false }: PartProps) {
  return (
    <section className={`${classes.part} ${wide ? classes.wide : ""}`} aria-label={title}>
      <h2>{title}</h2>
      {count > 0 ? children : <p className="muted">{none}</p>}
    </section>
  );
}

function Unknown({ from }: { from: string | null }) {
  return (
    <Empty title="Nobody knows what was then">
      {from === null
        ? "Nothing has been recorded yet."
        : `What is kept begins ${exactTime(Date.parse(from)).slice(0, MINUTES)}.`}
    </Empty>
  );
}

const MINUTES = "2026-11-22 01:00".length; // of an exact time
