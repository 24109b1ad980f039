/** On the page of a service at rest: that somebody else has its port, before a start is refused for it. */
import { useQuery } from "@tanstack/react-query";
import { Refused } from "@/api/client";
import { servicePortQuery } from "@/api/queries/ports";
import type { ServiceView } from "@/api/types";
import { WarningIcon } from "@/design/icons";
import { useOutcome } from "./commands";
import { isHeld, PortWays } from "./PortWays";
import classes from "./PortWays.module.css";
import { ACTIONS } from "./statuses";

export function HeldPort({ service }: { service: ServiceView }) {
  const { id, port, status } = service;
  const { outcome } = useOutcome(id);
  const told = outcome?.error instanceof Refused && outcome.error.problem.error_code === "port_in_use";
  const asks = port !== null && ACTIONS[status].includes("start");
  const { data } = useQuery({ ...servicePortQuery(id), enabled: asks, refetchInterval: 10_000 });
  if (!asks || told || !data || !isHeld(data, id)) return null;
  return (
    <section className={classes.held} aria-label="Its port">
      <WarningIcon size={16} />
      <div>
        <p>{data.detail}</p>
        <PortWays serviceId={id} />
      </div>
    </section>
  );
}
