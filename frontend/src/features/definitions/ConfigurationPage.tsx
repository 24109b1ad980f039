/** The file of definitions: is it in force, and what is wrong with it, line by line. */
import { useQuery } from "@tanstack/react-query";
import { configurationQuery, pendingQuery } from "@/api/queries/definitions";
import type { Configuration } from "@/api/types";
import { ErrorIcon, OkIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { PlanList } from "./Changes";
import classes from "./ConfigurationPage.module.css";
import { Faults } from "./Faults";
import { plural } from "./words";

export function ConfigurationPage() {
  const { data, error, refetch } = useQuery(configurationQuery);
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={3} height={96} />
    );
  return (
    <div className={classes.configuration}>
      <State configuration={data} />
      <Pending />
      {data.faults.length > 0 && <Faults faults={data.faults} />}
    </div>
  );
}

/** What a person still has to do for the file to be true of what runs. */
function Pending() {
  const plan = useQuery(pendingQuery).data?.plan;
  if (!plan || plan.changed.length + plan.removed.length === 0) return null;
  return (
    <section className={`panel ${classes.pending}`} aria-label="Not running so yet">
      <h2>Not running so yet</h2>
      <PlanList plan={plan} />
    </section>
  );
}

const STATES: Record<Configuration["state"], { word: string; what: string }> = {
  in_force: { word: "In force", what: "What the file says is what the daemon does." },
  faulty: {
    word: "Not applied",
    what: "The file has errors. The last good definitions stay in force, and nothing that runs was touched.",
  },
  missing: {
    word: "Missing",
    what: "There is no such file. The definitions last in force stay so; put the file back or start the daemon anew to get a fresh one.",
  },
};

function State({ configuration }: { configuration: Configuration }) {
  const { state, path, applied_at, changed_at, services, faults } = configuration;
  const good = state === "in_force";
  return (
    <section className={`panel ${classes.state}`} data-good={good || undefined}>
      {good ? <OkIcon size={20} /> : <ErrorIcon size={20} />}
      <div className={classes.body}>
        <h2>
          {STATES[state].word}
          {faults.length > 0 && <span className="muted">, {plural(faults.length, "fault")}</span>}
        </h2>
        <p>{STATES[state].what}</p>
        <p>
          <code>{path}</code>
        </p>
        <p className="muted small">
          {plural(Object.keys(services).length, "service")} in force
          {applied_at && (
            <>
              , applied <Ago at={applied_at} />
            </>
          )}
          {changed_at && (
            <>
              , file changed <Ago at={changed_at} />
            </>
          )}
        </p>
      </div>
    </section>
  );
}
