/** What stands beside the tree while no agent is chosen. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { agentStatsQuery } from "@/api/queries/agents";
import { count } from "@/design/format";
import classes from "./AgentPage.module.css";

export default function ChooseAgent() {
  const shares = Object.entries(useQuery(agentStatsQuery).data?.distribution ?? {});
  return (
    <ul className={classes.below} aria-label="Agents of the first level">
      {shares.map(([id, { name, l2_count: second, l3_count: third }]) => (
        <li key={id} className="panel">
          <Link to="/agents/$id" params={{ id }}>
            {name}
          </Link>
          <p className="muted small">
            {count(second)} sub-agents, {count(third)} micro-agents
          </p>
        </li>
      ))}
    </ul>
  );
}
