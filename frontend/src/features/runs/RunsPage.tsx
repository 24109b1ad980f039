/** What runs, what waits and what ran. */
import { Button, NativeSelect } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { modulesQuery, runsQuery } from "@/api/queries";
import type { Run, RunStatus } from "@/api/types";
import { count } from "@/design/format";
import { LinkButton } from "@/design/LinkButton";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useRowMoves } from "@/shell/rows";
import { ActiveRuns } from "./ActiveRuns";
import { PICKS, picked, type RunSearch } from "./filter";
import classes from "./RunsPage.module.css";
import { RunTable } from "./RunTable";
import { RUN_STATUSES, statusName } from "./statuses";

export default function RunsPage() {
  const list = useRef<HTMLDivElement>(null);
  useRowMoves(list, "run");
  return (
    <div className="page" ref={list}>
      <div className="page-head">
        <h1>Runs</h1>
        <div className="grow" />
        <LinkButton to="/modules" variant="default">
          Run a module
        </LinkButton>
      </div>
      <section aria-label="Now" className={classes.part}>
        <h2>Now</h2>
        <ActiveRuns />
      </section>
      <section aria-label="History" className={classes.part}>
        <History />
      </section>
    </div>
  );
}

type Changes = { [Key in keyof RunSearch]: RunSearch[Key] | undefined };

function History() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    runsQuery(search),
  );
  const change = (changes: Changes) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...changes }).filter(([, value]) => value));
    void navigate({ to: "/runs", search: next as RunSearch, replace: true });
  };
  const runs = data?.pages.flatMap((page) => page.runs);
  return (
    <>
      <div className={classes.tools}>
        <h2>History</h2>
        {data && <span className="muted small">{count(data.pages[0]?.total ?? 0)} runs</span>}
        <div className="grow" />
        <Compare picks={search.pick ?? []} />
        <Filters search={search} change={change} />
      </div>
      {runs === undefined ? (
        error ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : (
          <Skeletons count={6} height={44} />
        )
      ) : (
        <Listed runs={runs} search={search} change={change} />
      )}
      {hasNextPage && (
        <Button
          className={classes.more as string}
          variant="default"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Older runs
        </Button>
      )}
    </>
  );
}

interface ListedProps {
  runs: readonly Run[];
  search: RunSearch;
  change: (changes: Changes) => void;
}

function Listed({ runs, search, change }: ListedProps) {
  if (runs.length > 0) {
    const chosen = search.pick ?? [];
    return (
      <RunTable
        runs={runs}
        caption="Runs, the newest first"
        picks={{ chosen, pick: (id) => change({ pick: nothingAsNone(picked(chosen, id)) }) }}
      />
    );
  }
  if (search.module || search.status) {
    return (
      <Empty
        title="No run matches"
        action={
          <Button variant="default" onClick={() => change({ module: undefined, status: undefined })}>
            Show all
          </Button>
        }
      >
        Nothing in the history fits this filter.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing has run yet" action={<Link to="/modules">See what can be run</Link>}>
      Every run of a module is kept here, with its log, its outcome and what it left.
    </Empty>
  );
}

const nothingAsNone = (picks: string[]) => (picks.length === 0 ? undefined : picks);

function Filters({ search, change }: Omit<ListedProps, "runs">) {
  const modules = useQuery(modulesQuery).data?.modules ?? [];
  const known = modules.map(({ id, name }) => ({ value: id, label: name }));
  // One that is no longer declared has a history nevertheless.
  if (search.module && !modules.some(({ id }) => id === search.module))
    known.push({ value: search.module, label: search.module });
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label="Module"
        value={search.module ?? ""}
        onChange={(event) => change({ module: event.currentTarget.value || undefined })}
        data={[{ value: "", label: "All modules" }, ...known]}
      />
      <NativeSelect
        size="xs"
        aria-label="State"
        value={search.status ?? ""}
        onChange={(event) =>
          change({ status: (event.currentTarget.value || undefined) as RunStatus | undefined })
        }
        data={[
          { value: "", label: "All states" },
          ...RUN_STATUSES.map((value) => ({ value, label: statusName(value) })),
        ]}
      />
    </>
  );
}

/** Leads to the comparison once two are picked. */
function Compare({ picks }: { picks: readonly string[] }) {
  const [left, right] = picks;
  if (left === undefined) return null;
  if (right === undefined) return <span className="muted small">Pick {PICKS - 1} more to compare</span>;
  return (
    <LinkButton to="/runs/compare" search={{ left, right }} variant="light" size="xs">
      Compare the two
    </LinkButton>
  );
}
