import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, Suspense } from "react";
import { Refused } from "@/api/client";
import { runQuery } from "@/api/queries/runs";
import type { Run } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { bytes, percent } from "@/design/format";
import { LinkButton } from "@/design/LinkButton";
import { PageTab, PageTabs } from "@/design/PageTabs";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { UpLink } from "@/design/UpLink";
import { Fact } from "@/features/supervisor/Facts";
import { LadderSteps } from "@/features/supervisor/Ladder";
import { Coming } from "@/live/Coming";
import { useOffline } from "@/live/context";
import { lazyPart } from "@/parts";
import { useKeys } from "@/shell/keys";
import { useRunCommands } from "./actions";
import { Elapsed } from "./Elapsed";
import { Progress } from "./Progress";
import { RunDetails } from "./RunDetails";
import classes from "./RunPage.module.css";
import { RunStatusWord } from "./RunStatusWord";
import { isActive } from "./statuses";
import { RUN_TABS, type RunTab } from "./tabs";
import { exitWords, took, whyWords } from "./words";

const RunLog = lazyPart(() => import("./RunLog"));
const Results = lazyPart(() => import("./Results"));
const RunResources = lazyPart(() => import("./RunResources"));

const CONTENT: Record<RunTab, (run: Run) => ReactNode> = {
  log: (run) => <RunLog key={run.run_id} run={run} />,
  results: (run) => <Results key={run.run_id} run={run} />,
  resources: (run) => <RunResources key={run.run_id} run={run} />,
  details: (run) => <RunDetails run={run} />,
};

const WORDS: Record<RunTab, string> = {
  log: "Log",
  results: "Results",
  resources: "Resources",
  details: "Details",
};

export default function RunPage() {
  const { id, tab } = useParams({ from: "/runs/$id/$tab" });
  const { data, error, refetch } = useQuery(runQuery(id));
  if (data) return <Known run={data} tab={tab} />;
  if (error instanceof Refused && error.problem.status === 404) return <Unknown id={id} />;
  return (
    <div className="page">
      {error ? <Failure error={error} retry={() => void refetch()} /> : <Skeletons count={3} height={80} />}
    </div>
  );
}

function Unknown({ id }: { id: string }) {
  return (
    <div className="page">
      <Empty whole title="There is no such run" action={<Link to="/runs">All runs</Link>}>
        Nothing is known of <code>{id}</code>.
      </Empty>
    </div>
  );
}

function Known({ run, tab }: { run: Run; tab: RunTab }) {
  const { buttons, refusal, cancel, again } = useRunCommands(run);
  useRunKeys(run, cancel, again);
  return (
    <div className={`page ${classes.page}`} data-tab={tab}>
      <div className="page-head">
        <h1>
          <UpLink to="/runs">Runs</UpLink>
          {run.module_name}
        </h1>
        <span role="status">
          <RunStatusWord run={run} />
        </span>
        <div className="grow" />
        {buttons}
        <LinkButton
          to="/modules/$id"
          params={{ id: run.module_id }}
          search={{ like: run.run_id }}
          variant="default"
        >
          Change and run
        </LinkButton>
      </div>
      {refusal}
      <Why run={run} />
      {run.ladder && <LadderSteps ladder={run.ladder} />}
      {isActive(run.status) && <Progress run={run} />}
      <Numbers run={run} />
      <PageTabs label={`Parts of ${run.run_id}`}>
        {RUN_TABS.map((one) => (
          <PageTab key={one} to="/runs/$id/$tab" params={{ id: run.run_id, tab: one }}>
            {WORDS[one]}
          </PageTab>
        ))}
      </PageTabs>
      <div className={classes.content}>
        <Suspense fallback={<Coming height={320} />}>{CONTENT[tab](run)}</Suspense>
      </div>
    </div>
  );
}

/** Why it waits, or why it ended as it did, with the last that it said. */
function Why({ run }: { run: Run }) {
  const { status, position, waiting_for, retry_at, error_message } = run;
  const reason = whyWords(run);
  if (status === "queued") {
    return (
      <p>
        {position !== null && <strong>Number {position} in the queue: </strong>}
        {waiting_for}
        {retry_at !== null && reason !== null && ` The attempt before: ${reason}`}
      </p>
    );
  }
  const said = error_message !== null && error_message !== reason;
  return (
    <>
      {reason !== null && <p className={classes.why}>{reason}</p>}
      {said && <Excerpt label="The last that it said" text={error_message} kind="error" />}
    </>
  );
}

function Numbers({ run }: { run: Run }) {
  const offline = useOffline();
  const stale = offline !== null && isActive(run.status);
  return (
    <dl className={`${classes.numbers} ${stale ? "stale" : ""}`}>
      <Fact name="Asked for">
        <Ago at={run.created_at} />
      </Fact>
      {run.started_at !== null && <Used run={run} began={run.started_at} />}
      {run.max_attempts > 1 && (
        <Fact name="Attempt">
          {run.attempt} of {run.max_attempts}
        </Fact>
      )}
    </dl>
  );
}

/** What it has used so far, or in all. */
function Used({ run, began }: { run: Run; began: string }) {
  const active = isActive(run.status);
  return (
    <>
      <Fact name="Began">
        <Ago at={began} />
      </Fact>
      <Fact name={active ? "For" : "Took"}>
        <Elapsed run={run} />
      </Fact>
      {active ? (
        <>
          <Fact name="CPU">{percent(run.cpu_percent)}</Fact>
          <Fact name="Memory">{bytes(run.memory_bytes)}</Fact>
        </>
      ) : (
        <Fact name="Exit">{exitWords(run)}</Fact>
      )}
      <Fact name="CPU time" title="Of a processor, by its whole tree">
        {took(run.cpu_seconds)}
      </Fact>
      <Fact name="Peak memory" title="The most that its whole tree was seen to have">
        {bytes(run.peak_memory_bytes)}
      </Fact>
    </>
  );
}

function useRunKeys(run: Run, cancel: () => void, again: () => void): void {
  const navigate = useNavigate();
  useKeys([
    isActive(run.status)
      ? { keys: "c", does: "Cancel the run", run: cancel }
      : { keys: "r", does: "Run again", run: again },
    {
      keys: "l",
      does: "Log",
      run: () => void navigate({ to: "/runs/$id/$tab", params: { id: run.run_id, tab: "log" } }),
    },
    { keys: "u", does: "All runs", run: () => void navigate({ to: "/runs" }) },
  ]);
}
