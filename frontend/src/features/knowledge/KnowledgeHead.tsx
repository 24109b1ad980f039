/** The parts of the Knowledge place, and how far the scan is that goes on. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { knowledgeStatsQuery } from "@/api/queries/knowledge";
import { PageTab, PageTabs } from "@/design/PageTabs";
import classes from "./KnowledgeHead.module.css";

const CURRENT = { "aria-current": "page" } as const;

/** What each part has above it; `actions` stand beside the heading. */
export function KnowledgeHead({ actions }: { actions?: ReactNode }) {
  return (
    <>
      <div className="page-head">
        <h1>Knowledge</h1>
        <div className="grow" />
        {actions}
      </div>
      <PageTabs label="Parts of the knowledge base">
        <PageTab to="/knowledge" activeOptions={{ exact: true, includeSearch: false }} activeProps={CURRENT}>
          Files
        </PageTab>
        <PageTab to="/knowledge/creators" activeOptions={{ includeSearch: false }} activeProps={CURRENT}>
          Creators
        </PageTab>
        <PageTab to="/knowledge/index" activeProps={CURRENT}>
          Index
        </PageTab>
      </PageTabs>
      <Scanning />
    </>
  );
}

/** Nothing while nothing is looked through. */
function Scanning() {
  const scan = useQuery(knowledgeStatsQuery).data?.scan;
  if (!scan) return null;
  const percent = Math.floor((scan.progress ?? 0) * 100);
  return (
    <div className={classes.scan}>
      <span>
        {scan.started_at === null ? "The roots wait to be looked through" : "The roots are looked through"}
      </span>
      <div
        className={classes.bar}
        role="progressbar"
        aria-label="Progress of the scan"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
      <span className="number">{percent} %</span>
    </div>
  );
}
