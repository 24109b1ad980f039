import type { Agent } from "@/api/types";
import { count } from "@/design/format";
import { AgentLink } from "./AgentTree";
import classes from "./FoundAgents.module.css";

/** Agents of all levels in one list, each with what it is for. */
export function FoundAgents({
  agents,
  total,
  chosen,
}: {
  agents: readonly Agent[];
  total: number;
  chosen: string | undefined;
}) {
  return (
    <>
      <p className={`${classes.amount} muted small`} role="status">
        {total === 0
          ? "No agent matches"
          : `${count(total)} found${total > agents.length ? `, the first ${agents.length}` : ""}`}
      </p>
      <ul aria-label="Found agents">
        {agents.map((agent) => (
          <li key={agent.id} className={classes.agent}>
            <AgentLink agent={agent} chosen={chosen} />
            <p className="muted small">
              {agent.level} · {agent.id}
              {agent.role && ` · ${agent.role}`}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
