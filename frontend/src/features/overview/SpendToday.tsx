/** What the calls of AI providers have cost today, and what is left of the budgets. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { budgetsQuery, spendTodayQuery } from "@/api/queries/usage";
import type { Budget, UsageSummary } from "@/api/types";
import { count } from "@/design/format";
import { Meter } from "@/design/Meter";
import { Failure, Skeletons } from "@/design/states";
import { dollars, unknownCost } from "@/features/usage/money";
import { useOffline } from "@/live/context";
import { Part } from "./Part";
import classes from "./SpendToday.module.css";

export function SpendToday() {
  const { data, error, refetch } = useQuery(spendTodayQuery);
  const budgets = useQuery(budgetsQuery).data ?? [];
  const offline = useOffline() !== null;
  return (
    <Part title="Spend today" aside={<Link to="/usage">Usage</Link>}>
      {data ? (
        <div className={offline ? "stale" : undefined}>
          <Sum summary={data} />
          {budgets.length > 0 && (
            <ul className={classes.budgets} aria-label="Budgets">
              {budgets.map((budget) => (
                <Left key={budget.id} budget={budget} />
              ))}
            </ul>
          )}
        </div>
      ) : offline ? null : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={1} height={44} />
      )}
    </Part>
  );
}

function Sum({ summary }: { summary: UsageSummary }) {
  const unknown = unknownCost(summary);
  return (
    <p className={classes.sum}>
      <strong>{summary.calls === 0 ? dollars(0) : dollars(summary.cost)}</strong>{" "}
      <span className="muted small">
        {summary.calls === 0
          ? "no call yet"
          : `${count(summary.calls)} ${summary.calls === 1 ? "call" : "calls"}`}
        {unknown && `, of these ${unknown}`}
      </span>
    </p>
  );
}

function Left({ budget: { id, per, spent, soft, hard } }: { budget: Budget }) {
  const whole = hard ?? soft ?? 0;
  return (
    <li className={classes.budget}>
      <span className="muted">{id}</span>
      <span className={classes.of}>
        {dollars(spent)} of {dollars(whole)} a {per}
      </span>
      <Meter share={whole > 0 ? (100 * spent) / whole : 100} label={`Spent of the budget ${id}`} />
    </li>
  );
}
