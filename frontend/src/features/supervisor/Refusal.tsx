/** What the daemon said no to, in its own words, with the way out. */
import { ActionIcon, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { type Problem, Refused, wordsFor } from "@/api/client";
import { servicesQuery } from "@/api/queries";
import type { ServiceView } from "@/api/types";
import { CloseIcon, ErrorIcon } from "@/design/icons";
import { type Outcome, useCommands, useOutcome } from "./commands";
import classes from "./Refusal.module.css";
import { isUp } from "./statuses";

type Refusing = Pick<ServiceView, "id" | "port" | "status" | "since">;

/** Nothing unless the last command was refused and that still matters. */
export const Refusal = memo(function Refusal(service: Refusing) {
  const { outcome, dismiss } = useOutcome(service.id);
  if (outcome?.status !== "error" || isOvertaken(outcome, service)) return null;
  const { title, detail } = wordsFor(outcome.error);
  return (
    <div className={classes.refusal} role="alert">
      <ErrorIcon size={16} />
      <div className={classes.words}>
        <strong>{title}</strong>
        <p>{detail}</p>
        {outcome.error instanceof Refused && <WayOut problem={outcome.error.problem} service={service} />}
      </div>
      <ActionIcon
        variant="subtle"
        color="gray"
        c="var(--muted)"
        size={24}
        aria-label="Dismiss"
        onClick={dismiss}
      >
        <CloseIcon size={14} />
      </ActionIcon>
    </div>
  );
});

/** Someone started it by other means since. */
function isOvertaken(outcome: Outcome, service: Refusing): boolean {
  const changed = service.since === null ? 0 : Date.parse(service.since);
  return outcome.action === "start" && isUp(service.status) && changed > outcome.sentAt;
}

function WayOut({ problem, service }: { problem: Problem; service: Refusing }) {
  if (problem.error_code === "port_in_use") return <PortWayOut problem={problem} service={service} />;
  if (problem.error_code === "launch_failed") {
    return (
      <Link to="/services/$id/$tab" params={{ id: service.id, tab: "configuration" }}>
        See its definition
      </Link>
    );
  }
  return null;
}

function PortWayOut({ problem, service }: { problem: Problem; service: Refusing }) {
  const run = useCommands();
  const services = useQuery(servicesQuery).data?.services ?? [];
  const holder = services.find((one) => one.id === problem.owner?.service);
  return (
    <div className={classes.way}>
      {holder && (
        <Button variant="default" size="compact-xs" onClick={() => run(holder.id, "stop", true)}>
          Stop {holder.name}
        </Button>
      )}
      <Link to="/system/$tab" params={{ tab: "ports" }} search={service.port ? { port: service.port } : {}}>
        See port {service.port}
      </Link>
      <Link to="/services/$id/$tab" params={{ id: service.id, tab: "configuration" }}>
        Its definition
      </Link>
    </div>
  );
}
