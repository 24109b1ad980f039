/** How the index stands: what it holds, how up to date it is, and what was done for it. */
import { Button, Group } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { answer, api } from "@/api/client";
import { knowledgeJobsQuery, knowledgeStatsQuery } from "@/api/queries/knowledge";
import type { FileKind, KnowledgeStats } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { bytes, count } from "@/design/format";
import { Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { useOffline } from "@/live/context";
import { rereadSoon } from "@/live/reread";
import { FaultList } from "./FaultList";
import { KINDS } from "./filter";
import classes from "./IndexPage.module.css";
import { JobTable } from "./JobTable";
import { KnowledgeHead } from "./KnowledgeHead";
import { NoRoots } from "./NoRoots";

export default function IndexPage() {
  const { data, error, refetch } = useQuery(knowledgeStatsQuery);
  return (
    <div className="page">
      <KnowledgeHead actions={data && data.roots.length > 0 && <ScanButtons going={data.scan !== null} />} />
      {data ? (
        data.roots.length > 0 ? (
          <State stats={data} />
        ) : (
          <NoRoots />
        )
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={3} height={110} />
      )}
    </div>
  );
}

function ScanButtons({ going }: { going: boolean }) {
  const [asking, setAsking] = useState(false);
  const offline = useOffline();
  const cache = useQueryClient();
  const scanning = useMutation({
    mutationFn: (anew: boolean) =>
      answer(api.POST("/api/knowledge/scan", { params: { query: anew ? { force_rescan: true } : {} } })),
    onSuccess: () => setAsking(false),
    onSettled: () => rereadSoon(cache, "knowledge"),
  });
  const off = { disabled: offline !== null || going || scanning.isPending, title: offline ?? undefined };
  return (
    <>
      {scanning.error && !asking && <Failure error={scanning.error} />}
      <Button variant="default" onClick={() => setAsking(true)} {...off}>
        Read all anew
      </Button>
      <Button variant="default" onClick={() => scanning.mutate(false)} {...off}>
        {scanning.isPending ? "Asking…" : "Look for changes"}
      </Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title="Read every file anew?">
        <p>The index is forgotten and made again; until that is done, searches find fewer files.</p>
        {scanning.error && <Failure error={scanning.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            No
          </Button>
          <Button data-autofocus loading={scanning.isPending} onClick={() => scanning.mutate(true)}>
            Read all anew
          </Button>
        </Group>
      </Dialog>
    </>
  );
}

function State({ stats }: { stats: KnowledgeStats }) {
  const jobs = useQuery(knowledgeJobsQuery);
  const offline = useOffline();
  return (
    <div className={`${classes.parts} ${offline === null ? "" : "stale"}`}>
      <FaultList title="What needs a look" faults={stats.trouble} />
      <Totals stats={stats} />
      <div className={classes.columns}>
        <Part title="Types">
          <Counts
            counts={Object.entries(stats.by_type)}
            link={(kind, words) => (
              <Link to="/knowledge" search={{ type: kind as FileKind }}>
                {words}
              </Link>
            )}
            words={(kind) => KINDS[kind as FileKind]}
          />
        </Part>
        {Object.keys(stats.files_by_agent).length > 0 && (
          <Part title="Agents">
            <Counts
              counts={Object.entries(stats.files_by_agent)}
              link={(agent, words) => (
                <Link to="/knowledge" search={{ agent }}>
                  {words}
                </Link>
              )}
            />
          </Part>
        )}
        {Object.keys(stats.by_category).length > 0 && (
          <Part title="Categories">
            <Counts
              counts={Object.entries(stats.by_category)}
              link={(category, words) => (
                <Link to="/knowledge" search={{ category }}>
                  {words}
                </Link>
              )}
            />
          </Part>
        )}
      </div>
      <Part title="Roots">
        <ul className={`panel ${classes.roots}`}>
          {stats.roots.map((root) => (
            <li key={root} className="mono">
              {root}
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Scans and fetches">
        {jobs.data ? (
          <JobTable jobs={jobs.data.jobs} />
        ) : jobs.error ? (
          <Failure error={jobs.error} retry={() => void jobs.refetch()} />
        ) : (
          <Skeletons count={3} height={40} />
        )}
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className={classes.part}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Totals({ stats }: { stats: KnowledgeStats }) {
  const facts: [string, ReactNode][] = [
    ["Files", count(stats.total_files)],
    ["Size", bytes(stats.total_size_bytes)],
    ["Changed in 7 days", count(stats.recent_files_7d)],
    [
      "Creators",
      <Link key="c" to="/knowledge/creators">
        {count(stats.total_creators)}
      </Link>,
    ],
    [
      "With a fault",
      stats.faulty_files > 0 ? (
        <Link key="f" to="/knowledge" search={{ faulty: true }}>
          {count(stats.faulty_files)}
        </Link>
      ) : (
        "0"
      ),
    ],
    ["Last looked through", stats.last_scan === null ? "not yet" : <Ago key="a" at={stats.last_scan} />],
  ];
  return (
    <dl className={classes.totals}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface CountsProps {
  counts: [string, number][];
  link: (name: string, words: string) => ReactNode;
  words?: (name: string) => string;
}

/** The most frequent first, each with its share as a bar. */
function Counts({ counts, link, words = (name) => name }: CountsProps) {
  const most = Math.max(1, ...counts.map(([, files]) => files));
  return (
    <ol className={`panel ${classes.counts}`}>
      {counts
        .toSorted(([, a], [, b]) => b - a)
        .map(([name, files]) => (
          <li key={name}>
            <div className={classes.share} style={{ width: `${(files / most) * 100}%` }} />
            {link(name, words(name))}
            <span>{count(files)}</span>
          </li>
        ))}
    </ol>
  );
}
