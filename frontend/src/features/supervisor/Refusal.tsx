/** What the daemon said no to, in its own words, with the way out. */
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { type Problem, Refused, wordsFor } from "@/api/client";
import type { ServiceView } from "@/api/types";
import { DismissButton } from "@/design/DismissButton";
import { ErrorIcon } from "@/design/icons";
import { type Outcome, useOutcome } from "./commands";
import { PortWays } from "./PortWays";
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
      <DismissButton dismiss={dismiss} />
    </div>
  );
});

/** Someone started it by other means since. */
function isOvertaken(outcome: Outcome, service: Refusing): boolean {
  const changed = service.since === null ? 0 : Date.parse(service.since);
  return outcome.action === "start" && isUp(service.status) && changed > outcome.sentAt;
}

function WayOut({ problem, service }: { problem: Problem; service: Refusing }) {
  if (problem.error_code === "port_in_use") return <PortWays serviceId={service.id} />;
  if (problem.error_code === "launch_failed") {
    return (
      <Link to="/services/$id/$tab" params={{ id: service.id, tab: "configuration" }}>
        See its definition
      </Link>
    );
  }
  return null;
}
