import { Link } from "@tanstack/react-router";
import type { Module } from "@/api/types";
import { count } from "@/design/format";
import { Ago } from "@/design/time";
import classes from "./ModuleCard.module.css";

export function ModuleCard({ module }: { module: Module }) {
  const { id, name, description, category, tags, unavailable } = module;
  const [, ...below] = category.split("/");
  return (
    <article className={`panel ${classes.card}`} data-module={id}>
      <Link to="/modules/$id" params={{ id }} className={classes.name} data-row>
        {name}
      </Link>
      {below.length > 0 && <p className={`${classes.below} muted small`}>{below.join(" / ")}</p>}
      {description && <p className={classes.description}>{description}</p>}
      {unavailable !== null && <p className={classes.unavailable}>{unavailable}</p>}
      <p className={`${classes.foot} muted small`}>
        <Statistics module={module} />
        {tags.map((tag) => (
          <span key={tag}>#{tag}</span>
        ))}
      </p>
    </article>
  );
}

/** What the history says of it. */
export function Statistics({ module }: { module: Module }) {
  const { total_runs: total, success_rate: rate, last_run: last } = module;
  if (total === 0) return <span>never run</span>;
  return (
    <>
      <span>
        {count(total)} {total === 1 ? "run" : "runs"}
      </span>
      <span title="Of all its runs, those that completed">{Math.round(rate)} % completed</span>
      {last !== null && (
        <span>
          last <Ago at={last} />
        </span>
      )}
    </>
  );
}
