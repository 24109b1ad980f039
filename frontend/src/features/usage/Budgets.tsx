/** What is left of each budget in its present day or month. */
import type { Budget } from "@/api/types";
import { count, exactTime } from "@/design/format";
import { Meter } from "@/design/Meter";
import classes from "./Budgets.module.css";
import { dollars } from "./money";

export function Budgets({ budgets }: { budgets: readonly Budget[] }) {
  return (
    <ul className={classes.budgets} aria-label="Budgets">
      {budgets.map((budget) => (
        <li key={budget.id} className={classes.budget} data-state={budget.state}>
          <BudgetCard budget={budget} />
        </li>
      ))}
    </ul>
  );
}

function BudgetCard({ budget }: { budget: Budget }) {
  const whole = budget.hard ?? budget.soft ?? 0;
  const share = whole > 0 ? (100 * budget.spent) / whole : 100;
  return (
    <>
      <div className={classes.head}>
        <strong>{budget.id}</strong>
        <span className={classes.state}>{STATES[budget.state]}</span>
      </div>
      <p className={classes.sum}>
        {dollars(budget.spent)}{" "}
        <span className="muted">
          of {dollars(whole)} a {budget.per}
        </span>
      </p>
      <Meter share={share} label={`Spent of the budget ${budget.id}`} />
      <p className="muted small">
        {scope(budget)} · anew at{" "}
        <time dateTime={budget.resets_at}>{exactTime(Date.parse(budget.resets_at)).slice(0, MINUTES)}</time>
      </p>
      {budget.unknown_calls > 0 && (
        <p className={`${classes.unknown} small`}>and {count(budget.unknown_calls)} of unknown cost</p>
      )}
    </>
  );
}

const MINUTES = "2026-11-22 01:00".length; // of an exact time

const STATES: Record<Budget["state"], string> = { within: "within", soft: "told", hard: "refuses calls" };

function scope({ service, provider, model }: Budget): string {
  const parts = [service, provider, model].filter(Boolean);
  return parts.length > 0 ? parts.join(" · ") : "everything";
}
