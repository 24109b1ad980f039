/** The buttons of a service. A button shows at once that it was taken, and then what the daemon says. */
import { Button } from "@mantine/core";
import { memo } from "react";
import type { ServiceView, Status } from "@/api/types";
import { RestartIcon, StartIcon, StopIcon } from "@/design/icons";
import { useOffline } from "@/live/context";
import { useCommands, useOutcome } from "./commands";
import classes from "./ServiceActions.module.css";
import { ACTIONS, type Action } from "./statuses";

const LOOK = {
  start: { word: "Start", sent: "Starting…", icon: <StartIcon size={14} /> },
  stop: { word: "Stop", sent: "Stopping…", icon: <StopIcon size={14} /> },
  restart: { word: "Restart", sent: "Restarting…", icon: <RestartIcon size={14} /> },
} as const;

type Acted = Pick<ServiceView, "id" | "name" | "status">;

export const ServiceActions = memo(function ServiceActions({ id, name, status }: Acted) {
  const { outcome } = useOutcome(id);
  const main: Action = ACTIONS[status][0] ?? "stop";
  const busy = outcome?.status === "pending" ? outcome.action : null;
  return (
    <div className={classes.actions}>
      <ActionButton id={id} name={name} status={status} action={main} busy={busy} />
      <ActionButton id={id} name={name} status={status} action="restart" busy={busy} />
    </div>
  );
});

interface ActionButtonProps extends Acted {
  action: Action;
  /** The command whose answer has not come yet. */
  busy: Action | null;
}

function ActionButton({ id, name, status, action, busy }: ActionButtonProps) {
  const run = useCommands();
  const offline = useOffline();
  const { word, sent, icon } = LOOK[action];
  const taken = busy === action || (action === "stop" && status === "stopping");
  const why = offline ?? reasonAgainst(status, action, busy);
  return (
    <Button
      className={classes.button}
      variant={action === "start" ? "filled" : "default"}
      leftSection={icon}
      // Stays focusable, so that the reason can be found out.
      {...(why === null ? {} : { "data-disabled": true })}
      aria-disabled={why !== null || undefined}
      aria-label={`${taken ? sent : word} ${name}`}
      title={why ?? undefined}
      onClick={() => why === null && run(id, action, "click")}
    >
      {taken ? sent : word}
    </Button>
  );
}

function reasonAgainst(status: Status, action: Action, busy: Action | null): string | null {
  if (busy !== null) return `Waiting for the answer to ${busy}`;
  if (status === "stopping") return "It is being stopped";
  if (!ACTIONS[status].includes(action)) return `Not possible while it is ${status}`;
  return null;
}
