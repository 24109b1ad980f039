/** What is known: files by words as they are typed, the best first; without words the newest first. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { filesQuery, knowledgeStatsQuery } from "@/api/queries/knowledge";
import type { KnowledgeStats } from "@/api/types";
import { NextPage } from "@/design/NextPage";
import { SearchField } from "@/design/SearchField";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import { withChanges } from "@/searchParameters";
import { useKeys } from "@/shell/keys";
import { useRowMoves } from "@/shell/rows";
import { FileFilters } from "./FileFilters";
import { FileList } from "./FileList";
import classes from "./FilesPage.module.css";
import { type Changes, isNarrowed, type KnowledgeFilter, LEAST, selectionOf } from "./filter";
import { KnowledgeHead } from "./KnowledgeHead";
import { NoRoots } from "./NoRoots";
import { fileCount } from "./words";

/** A pause in typing after which the daemon is asked, milliseconds. */
const PAUSE = 120;

export default function FilesPage() {
  const { data: stats, error, refetch } = useQuery(knowledgeStatsQuery);
  return (
    <div className="page">
      <KnowledgeHead />
      {stats ? (
        stats.roots.length === 0 ? (
          <NoRoots />
        ) : (
          <Files stats={stats} />
        )
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={6} height={72} />
      )}
    </div>
  );
}

function Files({ stats }: { stats: KnowledgeStats }) {
  const filter = useSearch({ from: "/knowledge" });
  const navigate = useNavigate({ from: "/knowledge" });
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useKeys([{ keys: "/", does: "Search the knowledge base", run: () => input.current?.select() }]);
  useRowMoves(list, "file");
  // To what the address says by then: words are put into it after a pause.
  const change = (changes: Changes) =>
    void navigate({ search: (now) => withChanges(now, changes), replace: true });
  return (
    <>
      <SearchField
        size="md"
        label="Search the knowledge base"
        title={'Words, "a phrase", begin*, -without, agent:…, creator:…, date:2025-11, confidence:>=80'}
        placeholder="Search all files ( / )"
        value={filter.q ?? ""}
        change={(words) => change({ q: words || undefined })}
        pause={PAUSE}
        input={input}
        enter={() => list.current?.querySelector<HTMLElement>("[data-row]")?.focus()}
      />
      <FileFilters stats={stats} filter={filter} change={change} />
      <div ref={list} className={classes.results}>
        <Results stats={stats} filter={filter} />
      </div>
    </>
  );
}

function Results({ stats, filter }: { stats: KnowledgeStats; filter: KnowledgeFilter }) {
  const selection = selectionOf(filter, new Date());
  const offline = useOffline();
  const found = useInfiniteQuery(filesQuery(selection));
  const { data, error, refetch, isPlaceholderData } = found;
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={6} height={72} />
    );
  const files = data.pages.flatMap((page) => page.files);
  // Of the answer that is shown, which may be the one before.
  const { total = 0, sought = false } = data.pages[0] ?? {};
  if (files.length === 0 && !isPlaceholderData)
    return isNarrowed(filter) ? <NoMatch filter={filter} /> : <NoFiles stats={stats} />;
  return (
    <div className={isPlaceholderData || offline !== null ? "stale" : undefined}>
      <p className={`${classes.amount} muted small`} role="status">
        {amount(total, filter, sought)}
      </p>
      <FileList files={files} roots={stats.roots} filter={filter} label={sought ? "Found files" : "Files"} />
      <NextPage of={found}>More files</NextPage>
    </div>
  );
}

function amount(total: number, { q = "" }: KnowledgeFilter, sought: boolean): string {
  if (q.trim().length === 1) return `${fileCount(total)}; words are looked for from ${LEAST} letters on`;
  return sought ? `${fileCount(total)}, the best first` : `${fileCount(total)}, the newest first`;
}

function NoMatch({ filter }: { filter: KnowledgeFilter }) {
  const { q, ...others } = filter;
  return (
    <Empty
      title="No file matches"
      action={
        <Link to="/knowledge" search={isNarrowed(others) && q ? { q } : {}} replace>
          {isNarrowed(others) && q ? "Look in all files" : "Show all files"}
        </Link>
      }
    >
      All words must occur in a file, in any order; a word with a star at its end stands for its beginning.
    </Empty>
  );
}

function NoFiles({ stats: { roots, scan } }: { stats: KnowledgeStats }) {
  if (scan) return <Empty title="The files are being read">They appear here as soon as they are.</Empty>;
  return (
    <Empty title="There is no file yet" action={<Link to="/knowledge/index">See how the index stands</Link>}>
      Nothing that can be read was found in {roots.join(", ")}.
    </Empty>
  );
}
