/** The rules of the configuration, each with what it sees now. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { rulesQuery } from "@/api/queries/alerts";
import type { AlertRule } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { duration } from "@/design/format";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import classes from "./AlertList.module.css";
import { SeverityMark } from "./SeverityMark";
import { SilenceMenu } from "./SilenceMenu";
import { SilenceWords } from "./SilenceWords";
import { type Phase, valueWords } from "./words";

export default function RuleList() {
  const { data, error, refetch } = useQuery(rulesQuery);
  const offline = useOffline() !== null;
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={4} height={64} />
    );
  if (data.rules.length === 0) return <NoRules />;
  return (
    <ul className={`panel ${classes.rows} ${offline ? "stale" : ""}`} aria-label="Rules">
      {data.rules.toSorted(byPhase).map((rule) => (
        <RuleRow key={rule.name} rule={rule} />
      ))}
    </ul>
  );
}

type Standing = "firing" | "pending" | "unseen" | "well";

const MARKS: Record<Standing, string> = { firing: "✕", pending: "…", unseen: "?", well: "✓" };

/** `unseen` where the rule can see nothing to judge. */
function standingOf(state: Phase, problem: string | null = null): Standing {
  if (state === "firing" || state === "pending") return state;
  return problem === null ? "well" : "unseen";
}

const URGENCY: readonly Phase[] = ["firing", "pending", "inactive", "resolved"];

function byPhase(a: AlertRule, b: AlertRule): number {
  return URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) || a.name.localeCompare(b.name);
}

function RuleRow({ rule }: { rule: AlertRule }) {
  const { name, condition, state, problem, subjects } = rule;
  const standing = standingOf(state, problem);
  return (
    <li className={classes.alert} data-rule={name}>
      <span className={classes.phase} data-phase={standing}>
        <span aria-hidden="true">{MARKS[standing]}</span> {standing}
      </span>
      <div className={classes.what}>
        <p className={classes.summary}>
          <Link to="/events" search={{ area: ["alerts"], subject: name }} title="Its events" data-row>
            {name}
          </Link>{" "}
          <span className={classes.condition}>{condition}</span>
        </p>
        <p className="muted small">{timing(rule)}</p>
        {problem && <p className={classes.problem}>{problem}</p>}
        <SilenceWords quiet={rule} />
        {subjects.length > 1 && (
          <ul className={classes.subjects}>
            {subjects.map((one) => (
              <li key={one.subject} data-phase={one.state}>
                <span aria-hidden="true">{MARKS[standingOf(one.state)]}</span> {one.subject}
                <span className="unseen"> {standingOf(one.state)}</span>{" "}
                <strong>{valueWords({ value: one.value, unit: rule.unit })}</strong>
              </li>
            ))}
          </ul>
        )}
      </div>
      <span className={classes.value}>{valueWords(rule)}</span>
      <span className={classes.when}>
        <SeverityMark severity={rule.severity} />
      </span>
      <span className={classes.actions}>
        <SilenceMenu what={rule} />
      </span>
    </li>
  );
}

function timing({ for_seconds, resend_seconds }: AlertRule): string {
  return [
    for_seconds > 0 ? `fires after ${duration(for_seconds)}` : "fires at once",
    resend_seconds === null ? "told once" : `told again every ${duration(resend_seconds)}`,
  ].join(" · ");
}

const EXAMPLE = `alerts:
  rules:
    low-disk: {metric: disk, above: 95%, severity: critical}
    down: {service: "*", state: [failed, backoff], for: 30s}`;

function NoRules() {
  return (
    <Empty
      title="There is no rule yet"
      action={<Link to="/diagnostics/configuration">Open the configuration</Link>}
    >
      A rule looks at a number, a state, a line of a log or a budget, and says when something is wrong.
      <Excerpt label="An example" text={EXAMPLE} />
    </Empty>
  );
}
