/** One module: what it is, the form that runs it, and what came of its last runs. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Fragment, type ReactNode, useRef } from "react";
import { modulesQuery, presetsQuery, savedParametersQuery } from "@/api/queries/modules";
import { runQuery, runsQuery } from "@/api/queries/runs";
import type { Module } from "@/api/types";
import { LinkButton } from "@/design/LinkButton";
import { Empty, Failure, Skeletons } from "@/design/states";
import { UpLink } from "@/design/UpLink";
import { shellWords } from "@/features/definitions/words";
import { RunTable } from "@/features/runs/RunTable";
import { took } from "@/features/runs/words";
import { useKeys } from "@/shell/keys";
import { useRowMoves } from "@/shell/rows";
import { beginning } from "./form";
import { Statistics } from "./ModuleCard";
import classes from "./ModulePage.module.css";
import { RunForm } from "./RunForm";

export default function ModulePage() {
  const { id } = useParams({ from: "/modules/$id" });
  const { data, error, refetch } = useQuery(modulesQuery);
  const module = data?.modules.find((one) => one.id === id);
  if (!data) {
    return (
      <div className="page">
        {error ? <Failure error={error} retry={() => void refetch()} /> : <Skeletons count={3} height={80} />}
      </div>
    );
  }
  if (!module) return <Unknown id={id} />;
  return <Known module={module} />;
}

function Unknown({ id }: { id: string }) {
  return (
    <div className="page">
      <Empty whole title={`There is no module “${id}”`} action={<Link to="/modules">All modules</Link>}>
        It may have been renamed or taken out, or its definition has a fault.
      </Empty>
    </div>
  );
}

function Known({ module }: { module: Module }) {
  const list = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  useRowMoves(list, "run");
  useKeys([{ keys: "u", does: "All modules", run: () => void navigate({ to: "/modules" }) }]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <UpLink to="/modules">Modules</UpLink>
          {module.name}
        </h1>
        <p className={`${classes.statistics} muted`}>
          <Statistics module={module} />
        </p>
        <div className="grow" />
        <LinkButton to="/schedules/new" search={{ module: module.id }} variant="default">
          Schedule it
        </LinkButton>
      </div>
      {module.description && <p>{module.description}</p>}
      {module.unavailable !== null && <p className={classes.unavailable}>{module.unavailable}</p>}
      <Form module={module} />
      <div ref={list}>
        <LastRuns module={module} />
      </div>
      <About module={module} />
    </div>
  );
}

/** Begins with the preset or the run that the address names, else with what was saved, else with the defaults. */
function Form({ module }: { module: Module }) {
  const { like, preset } = useSearch({ from: "/modules/$id" });
  const saved = useQuery(savedParametersQuery(module.id));
  const presets = useQuery(presetsQuery(module.id));
  const model = useQuery({ ...runQuery(like ?? ""), enabled: like !== undefined });
  if (saved.isPending || presets.isPending || (like !== undefined && model.isPending))
    return <Skeletons count={1} height={60 + 70 * module.parameters.length} />;
  const error = saved.error ?? presets.error ?? model.error;
  const chosen = presets.data?.find(({ name }) => name === preset);
  const values = chosen
    ? { ...defaults(module), ...chosen.parameters }
    : model.data && beginning(module.parameters, model.data.parameters);
  const begins = chosen ? { preset: chosen.name } : model.data ? { like: model.data.run_id } : {};
  return (
    <>
      {error && <Failure error={error} />}
      {presets.data && preset !== undefined && !chosen && (
        <p className={classes.unavailable}>There is no preset “{preset}” any more.</p>
      )}
      <RunForm
        key={`${module.id}:${JSON.stringify(begins)}`}
        module={module}
        beginning={begins}
        values={values ?? saved.data?.parameters ?? defaults(module)}
        presets={presets.data ?? []}
        saved={saved.data?.updated_at != null}
      />
    </>
  );
}

const defaults = (module: Module) =>
  Object.fromEntries(module.parameters.map((one) => [one.name, one.default]));

const LAST = 5;

function LastRuns({ module }: { module: Module }) {
  const { data, error, refetch } = useInfiniteQuery(runsQuery({ module: module.id }, LAST));
  const runs = data?.pages[0]?.runs ?? [];
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (runs.length === 0) return null;
  return (
    <section aria-label="Its last runs" className={classes.part}>
      <div className="page-head">
        <h2>Its last runs</h2>
        <Link to="/runs" search={{ module: module.id }}>
          All of them
        </Link>
      </div>
      <RunTable runs={runs} caption={`Last runs of ${module.name}`} />
    </section>
  );
}

function About({ module }: { module: Module }) {
  return (
    <section aria-label="Its definition" className={classes.part}>
      <h2>Its definition</h2>
      <dl className={`panel ${classes.about}`}>
        {facts(module).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}

function facts(module: Module): [string, ReactNode][] {
  const { script_path, command, concurrency, exclusive, outputs, retries, timeout } = module;
  return [
    ["Id", <code key="id">{module.id}</code>],
    ["Declared in", <code key="file">{module.file}</code>],
    ["Runs", <code key="runs">{script_path ?? shellWords(command)}</code>],
    ["In", <code key="cwd">{module.cwd}</code>],
    ["Version", module.version],
    ["Time limit", timeout === null ? "none" : took(timeout)],
    ["Further attempts", retries],
    ["At once", concurrency ?? "as many as there are places"],
    ...(exclusive.length > 0 ? [["Holds alone", exclusive.join(", ")] as [string, ReactNode]] : []),
    ...(outputs.length > 0 ? [["Outputs", outputs.join(", ")] as [string, ReactNode]] : []),
  ];
}
