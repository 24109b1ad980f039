/** One agent: what it is for, who is above and below it, and the files that were routed to it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { Refused } from "@/api/client";
import { agentFilesQuery, agentQuery } from "@/api/queries/agents";
import { knowledgeStatsQuery } from "@/api/queries/knowledge";
import type { Agent } from "@/api/types";
import { count } from "@/design/format";
import { NextPage } from "@/design/NextPage";
import { Empty, Failure, Skeletons } from "@/design/states";
import { FileList } from "@/features/knowledge/FileList";
import { useKeys } from "@/shell/keys";
import classes from "./AgentPage.module.css";

export default function AgentPage() {
  const { id } = useParams({ from: "/agents/$id" });
  const { data, error, refetch } = useQuery(agentQuery(id));
  const navigate = useNavigate();
  const up = data?.parent?.id;
  useKeys([
    {
      keys: "u",
      does: "The agent above",
      run: () =>
        void (up ? navigate({ to: "/agents/$id", params: { id: up } }) : navigate({ to: "/agents" })),
    },
  ]);
  if (data) return <Shown key={id} agent={data.agent} parent={data.parent} below={data.children} />;
  if (error instanceof Refused && error.problem.error_code === "unknown_agent")
    return (
      <Empty title="There is no such agent" action={<Link to="/agents">All agents</Link>}>
        {error.problem.detail}
      </Empty>
    );
  return error ? (
    <Failure error={error} retry={() => void refetch()} />
  ) : (
    <Skeletons count={3} height={110} />
  );
}

const LEVELS: Record<Agent["level"], string> = {
  L1: "Agent of the first level",
  L2: "Sub-agent",
  L3: "Micro-agent",
};

interface ShownProps {
  agent: Agent;
  parent: Agent | null;
  below: readonly Agent[];
}

function Shown({ agent, parent, below }: ShownProps) {
  return (
    <>
      <div>
        <h2 className={classes.name}>{agent.name}</h2>
        <p className="muted">
          {LEVELS[agent.level]} · <code>{agent.id}</code>
          {parent && (
            <>
              {" "}
              · below{" "}
              <Link to="/agents/$id" params={{ id: parent.id }}>
                {parent.name}
              </Link>
            </>
          )}
        </p>
      </div>
      <dl className={`panel ${classes.facts}`}>
        {facts(agent).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      {below.length > 0 && (
        <section className={classes.part} aria-label="Right below">
          <h3>
            Right below <span className="muted small">{count(below.length)}</span>
          </h3>
          <ul className={classes.below}>
            {below.map((one) => (
              <li key={one.id} className="panel">
                <Link to="/agents/$id" params={{ id: one.id }}>
                  {one.name}
                </Link>
                <p className="muted small">{one.role}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Files agent={agent} />
    </>
  );
}

function facts(agent: Agent): [string, ReactNode][] {
  const { permissions, role, objective, responsibilities, capabilities, tools, source, file_id } = agent;
  const all: [string, string | readonly string[]][] = [
    [agent.level === "L3" ? "Task" : "Role", role],
    ["Objective", objective],
    ["Responsibilities", responsibilities],
    ["Capabilities", capabilities],
    ["Tools", tools],
    ["May write", permissions.read_write],
    ["May read", permissions.read_only],
  ];
  return [
    ...all
      .filter(([, value]) => value.length > 0)
      .map(([name, value]): [string, ReactNode] => [
        name,
        typeof value === "string" ? value : <Words key={name} all={value} />,
      ]),
    [
      "Described in",
      <Link key="source" to="/knowledge/files/$id" params={{ id: file_id }}>
        {source}
      </Link>,
    ],
  ];
}

function Words({ all }: { all: readonly string[] }) {
  return (
    <ul className={classes.words}>
      {all.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}

function Files({ agent }: { agent: Agent }) {
  const found = useInfiniteQuery(agentFilesQuery(agent.id));
  const { data, error, refetch } = found;
  const roots = useQuery(knowledgeStatsQuery).data?.roots ?? [];
  const files = data?.pages.flatMap((page) => page.files);
  return (
    <section className={classes.part} aria-label="Files">
      <h3>
        Files{" "}
        <span className="muted small">{count(data?.pages[0]?.total_files ?? agent.knowledge_files)}</span>
      </h3>
      {files ? (
        files.length > 0 ? (
          <FileList files={files} roots={roots} label={`Files of ${agent.name}`} />
        ) : (
          <p className="muted">Nothing was routed to it yet.</p>
        )
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={3} height={72} />
      )}
      <NextPage of={found}>More files</NextPage>
    </section>
  );
}
