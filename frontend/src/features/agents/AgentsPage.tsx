/** Agents of three levels: a tree to go through or to search, and beside it the one that is looked at. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { agentStatsQuery, foundAgentsQuery } from "@/api/queries/agents";
import type { AgentStats } from "@/api/types";
import { count } from "@/design/format";
import { SearchField } from "@/design/SearchField";
import { Empty, Failure, Skeletons } from "@/design/states";
import { FaultList } from "@/features/knowledge/FaultList";
import { useOffline } from "@/live/context";
import { useKeys } from "@/shell/keys";
import { useRowMoves } from "@/shell/rows";
import classes from "./AgentsPage.module.css";
import { AgentTree } from "./AgentTree";
import { FoundAgents } from "./FoundAgents";

export default function AgentsPage() {
  const { data, error, refetch } = useQuery(agentStatsQuery);
  const { id } = useParams({ strict: false });
  return (
    <div className="page" data-chosen={id !== undefined || undefined}>
      <div className="page-head">
        <h1>{id === undefined ? "Agents" : <Link to="/agents">Agents</Link>}</h1>
        {data && data.total > 0 && <p className={`${classes.spare} muted`}>{levelCounts(data)}</p>}
      </div>
      {data ? (
        <>
          {data.faults.length > 0 && (
            <div className={classes.spare}>
              <FaultList title="What is wrong in the files that describe agents" faults={data.faults} />
            </div>
          )}
          {data.total > 0 ? <Known /> : <NoAgents />}
        </>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={8} height={40} />
      )}
    </div>
  );
}

function levelCounts({ l1_count: first, l2_count: second, l3_count: third }: AgentStats): string {
  return `${count(first)} agents, ${count(second)} sub-agents, ${count(third)} micro-agents`;
}

function NoAgents() {
  return (
    <Empty title="No agents are described yet">
      <p>
        Agents are read from the files of the knowledge base: <code>NN_NAME_AGENT.md</code> describes one,{" "}
        <code>SUB_AGENT_ARCHITECTURE.md</code> and <code>L3_MICRO_AGENT_ARCHITECTURE.md</code> those below.
      </p>
    </Empty>
  );
}

/** A pause in typing after which the daemon is asked, milliseconds. */
const PAUSE = 120;

function Known() {
  const { q = "" } = useSearch({ from: "/agents" });
  const { id } = useParams({ strict: false });
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const offline = useOffline();
  useKeys([{ keys: "/", does: "Search the agents", run: () => input.current?.select() }]);
  useRowMoves(list, "agent");
  const change = (words: string) =>
    void navigate({ to: ".", search: words ? { q: words } : {}, replace: true });
  return (
    <div className={classes.columns}>
      <div className={classes.tree} ref={list}>
        <SearchField
          label="Search the agents"
          placeholder="Search ( / )"
          value={q}
          change={change}
          pause={PAUSE}
          input={input}
          enter={() => list.current?.querySelector<HTMLElement>("[data-row]")?.focus()}
        />
        <div className={`panel ${classes.list} ${offline === null ? "" : "stale"}`}>
          {q.trim() ? <Found words={q.trim()} chosen={id} /> : <AgentTree chosen={id} />}
        </div>
      </div>
      <div className={classes.one}>
        <Outlet />
      </div>
    </div>
  );
}

function Found({ words, chosen }: { words: string; chosen: string | undefined }) {
  const { data, error, refetch } = useQuery(foundAgentsQuery(words));
  if (data) return <FoundAgents agents={data.agents} total={data.total} chosen={chosen} />;
  return error ? <Failure error={error} retry={() => void refetch()} /> : <Skeletons count={6} height={34} />;
}
