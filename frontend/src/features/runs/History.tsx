/** What ran: by words, module, state and time, the newest first. */
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { runsQuery } from "@/api/queries/runs";
import type { Run } from "@/api/types";
import { count } from "@/design/format";
import { LinkButton } from "@/design/LinkButton";
import { NextPage } from "@/design/NextPage";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import { withChanges } from "@/searchParameters";
import { useKeys } from "@/shell/keys";
import { isNarrowed, PICKS, picked, type RunSearch, selectionOf } from "./filter";
import { type Changes, RunFilters } from "./RunFilters";
import classes from "./RunsPage.module.css";
import { RunTable } from "./RunTable";
import { isActive } from "./statuses";

export function History() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const input = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "Search the runs", run: () => input.current?.focus() }]);
  // To what the address says by then: words are put into it after a pause.
  const change = (changes: Changes) =>
    void navigate({ search: (now) => withChanges(now, changes), replace: true });
  const found = useInfiniteQuery(runsQuery(selectionOf(search)));
  const { data, error, refetch, hasNextPage, isPlaceholderData } = found;
  const offline = useOffline() !== null;
  const all = data?.pages.flatMap((page) => page.runs);
  // What runs and waits stands above already, and is told twice only to those who look for it.
  const runs = isNarrowed(search) ? all : all?.filter(({ status }) => !isActive(status));
  return (
    <>
      <div className={classes.tools}>
        <h2>History</h2>
        {data && all && runs && (
          <span className="muted small" role="status">
            {amount(data.pages[0]?.total ?? null, all.length - runs.length, runs.length, hasNextPage)}
          </span>
        )}
        <div className="grow" />
        <Compare picks={search.pick ?? []} clear={() => change({ pick: undefined })} />
      </div>
      <RunFilters search={search} change={change} input={input} />
      {runs ? (
        <div className={offline || isPlaceholderData ? "stale" : undefined}>
          <Listed runs={runs} more={hasNextPage} search={search} change={change} />
        </div>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={6} height={44} />
      )}
      <NextPage of={found}>{search.q ? "Look further back" : "Older runs"}</NextPage>
    </>
  );
}

/** How many there are, where that is known; else how many were found so far. */
function amount(total: number | null, apart: number, found: number, more: boolean): string {
  if (total !== null) return `${count(total - apart)} ${total - apart === 1 ? "run" : "runs"}`;
  return more ? `${count(found)} found so far` : `${count(found)} found`;
}

interface ListedProps {
  runs: readonly Run[];
  /** Whether there are older ones that were not looked at. */
  more: boolean;
  search: RunSearch;
  change: (changes: Changes) => void;
}

function Listed({ runs, more, search, change }: ListedProps) {
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
  if (more) return <p className="muted">None among the newest that were looked at.</p>;
  if (isNarrowed(search)) return <NoMatch />;
  return (
    <Empty title="Nothing has ended yet" action={<Link to="/modules">See what can be run</Link>}>
      Every run of a module is kept here, with its log, its outcome and what it left.
    </Empty>
  );
}

function NoMatch() {
  return (
    <Empty
      title="No run matches"
      action={
        <LinkButton to="/runs" replace variant="default">
          Show all
        </LinkButton>
      }
    >
      Nothing in the history fits this filter.
    </Empty>
  );
}

const nothingAsNone = (picks: string[]) => (picks.length === 0 ? undefined : picks);

/** Leads to the comparison once two are picked. */
function Compare({ picks, clear }: { picks: readonly string[]; clear: () => void }) {
  const [left, right] = picks;
  if (left === undefined) return null;
  return (
    <>
      {right === undefined ? (
        <span className="muted small">Pick {PICKS - 1} more to compare</span>
      ) : (
        <LinkButton to="/runs/compare" search={{ left, right }} variant="light" size="xs">
          Compare the two
        </LinkButton>
      )}
      <Button variant="subtle" size="xs" onClick={clear}>
        Pick none
      </Button>
    </>
  );
}
