import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { configurationQuery, servicesQuery } from "@/api/queries";
import type { ServiceView } from "@/api/types";
import { PLACES } from "./places";
import classes from "./Rail.module.css";

export function Rail() {
  const attention = useAttention();
  return (
    <nav className={classes.rail} aria-label="Places">
      <div className={classes.brand}>
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={24} height={24} />
        <span>Control Center</span>
      </div>
      <ul>
        {PLACES.map(({ to, word, letter, Icon }) => (
          <li key={to}>
            <Link
              to={to}
              className={classes.place}
              activeProps={{ "aria-current": "page" }}
              title={`${word} (g ${letter})`}
            >
              <Icon size={20} />
              <span className={classes.word}>{word}</span>
              {attention[to] && (
                <span className={classes.badge} data-kind={attention[to].kind}>
                  {attention[to].count}
                  <span className="unseen"> {attention[to].what}</span>
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

type Attention = { count: number; what: string; kind: "error" | "warning" };

/** What in each place needs a person. */
function useAttention(): Partial<Record<(typeof PLACES)[number]["to"], Attention>> {
  const failed = useQuery({ ...servicesQuery, select: countBad }).data ?? 0;
  const faults = useQuery(configurationQuery).data?.faults ?? [];
  const errors = faults.filter((fault) => fault.severity === "error").length;
  const kind = errors > 0 ? "error" : "warning";
  return {
    ...(failed > 0 ? { "/services": { count: failed, what: "failed or unhealthy", kind: "error" } } : {}),
    ...(faults.length > 0
      ? { "/diagnostics": { count: faults.length, what: "faults in the configuration", kind } }
      : {}),
  };
}

const countBad = ({ services }: { services: ServiceView[] }) =>
  services.filter((one) => one.status === "failed" || one.health === "unhealthy").length;
