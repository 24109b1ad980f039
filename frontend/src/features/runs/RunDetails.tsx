/** What a run was given, what it reported, and its earlier attempts. */
import { Fragment, type ReactNode } from "react";
import type { Attempt, Run } from "@/api/types";
import { exactTime } from "@/design/format";
import { StatusWord } from "@/design/StatusMark";
import classes from "./RunDetails.module.css";
import { LOOK, statusName } from "./statuses";
import { exitWords, took, valueText } from "./words";

export function RunDetails({ run }: { run: Run }) {
  return (
    <div className={classes.details}>
      <Pairs
        title="Parameters"
        none="It was given none."
        pairs={Object.entries(run.parameters).map(asText)}
      />
      <Pairs title="Metrics" none="It reported none." pairs={Object.entries(run.metrics).map(asText)} />
      <Pairs title="Facts" none="" pairs={facts(run)} />
      {run.attempts.length > 0 && <Attempts attempts={run.attempts} />}
    </div>
  );
}

const asText = ([name, value]: [string, unknown]): [string, ReactNode] => [name, valueText(value)];

const moment = (at: string | null) => (at === null ? "–" : exactTime(Date.parse(at)));

function facts(run: Run): [string, ReactNode][] {
  return [
    ["Run", <code key="run">{run.run_id}</code>],
    ["Module", <code key="module">{run.module_id}</code>],
    ["Asked for", `${moment(run.created_at)} by ${run.requested_by}`],
    ["Began", moment(run.started_at)],
    ["Ended", moment(run.completed_at)],
    ["Priority", run.priority],
    ...(run.pid === null ? [] : [["Process", run.pid] as [string, ReactNode]]),
  ];
}

function Pairs({ title, none, pairs }: { title: string; none: string; pairs: [string, ReactNode][] }) {
  return (
    <section className={`panel ${classes.part}`} aria-label={title}>
      <h2>{title}</h2>
      {pairs.length === 0 ? (
        <p className="muted">{none}</p>
      ) : (
        <dl className={classes.pairs}>
          {pairs.map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
      )}
    </section>
  );
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <section className={`panel ${classes.part}`} aria-label="Earlier attempts">
      <h2>Earlier attempts</h2>
      <ol className={classes.attempts}>
        {attempts.map((attempt) => (
          <li key={attempt.number}>
            <span>{attempt.number}.</span>
            <StatusWord status={LOOK[attempt.status]} word={statusName(attempt.status)} />
            <span className="muted">
              {attempt.started_at === null
                ? "never began"
                : took((Date.parse(attempt.ended_at) - Date.parse(attempt.started_at)) / 1000)}
            </span>
            <span>{attempt.reason ?? `exit ${exitWords(attempt)}`}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
