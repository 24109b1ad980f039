/** The tree of agents. What is below one is asked for when it is opened; where the chosen one is, it is open. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useState } from "react";
import { agentQuery, agentsBelowQuery } from "@/api/queries/agents";
import type { Agent } from "@/api/types";
import { count } from "@/design/format";
import { ForthIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import classes from "./AgentTree.module.css";

export function AgentTree({ chosen }: { chosen: string | undefined }) {
  const above = useAbove(chosen);
  return <Below parent={null} chosen={chosen} above={above} />;
}

/** The ids of the agents above the chosen one, as far as they are known. */
function useAbove(chosen: string | undefined): ReadonlySet<string> {
  const known = chosen !== undefined;
  const one = useQuery({ ...agentQuery(chosen ?? ""), enabled: known }).data;
  const parent = one?.parent ?? null;
  const first = useQuery({ ...agentQuery(parent?.id ?? ""), enabled: parent !== null }).data?.parent;
  return new Set([parent?.id, first?.id].filter((id) => id !== undefined));
}

interface BelowProps {
  parent: string | null;
  chosen: string | undefined;
  above: ReadonlySet<string>;
}

function Below({ parent, chosen, above }: BelowProps) {
  const { data, error, refetch } = useQuery(agentsBelowQuery(parent));
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={3} height={30} />
    );
  return (
    <ul className={classes.agents} aria-label={parent === null ? "Agents" : undefined}>
      {data.map((agent) => (
        <Node key={agent.id} agent={agent} chosen={chosen} above={above} />
      ))}
    </ul>
  );
}

interface NodeProps extends Omit<BelowProps, "parent"> {
  agent: Agent;
}

function Node({ agent, chosen, above }: NodeProps) {
  const [open, setOpen] = useState(false);
  const led = above.has(agent.id);
  useEffect(() => {
    if (led) setOpen(true);
  }, [led]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    event.stopPropagation();
    setOpen(event.key === "ArrowRight");
  };
  const parent = agent.child_count > 0;
  return (
    <li>
      <div className={classes.agent}>
        {parent ? (
          <button
            type="button"
            className={classes.opener}
            aria-expanded={open}
            aria-label={`Below ${agent.name}`}
            onClick={() => setOpen(!open)}
          >
            <ForthIcon size={14} />
          </button>
        ) : (
          <span className={classes.opener} />
        )}
        <AgentLink agent={agent} chosen={chosen} {...(parent ? { onKeyDown } : {})} />
      </div>
      {open && parent && <Below parent={agent.id} chosen={chosen} above={above} />}
    </li>
  );
}

interface AgentLinkProps {
  agent: Agent;
  chosen: string | undefined;
  onKeyDown?: (event: KeyboardEvent) => void;
}

export function AgentLink({ agent, chosen, onKeyDown }: AgentLinkProps) {
  const { id, name, child_count: below, knowledge_files: files } = agent;
  return (
    <Link
      to="/agents/$id"
      params={{ id }}
      search={(now) => now}
      className={classes.link}
      aria-current={id === chosen ? "page" : undefined}
      onKeyDown={onKeyDown}
      data-row
    >
      <span className={classes.name}>{shortName(name)}</span>
      <span className={classes.counts}>
        {below > 0 && <span title={`${below} right below`}>{count(below)} below</span>}
        {files > 0 && <span title={`${files} files`}>{count(files)} files</span>}
      </span>
    </Link>
  );
}

/** Titles say "ART DIRECTOR AGENT"; that they are agents the place says. */
function shortName(name: string): string {
  return name.replace(/(?<=\S)\s+agent$/i, "");
}
