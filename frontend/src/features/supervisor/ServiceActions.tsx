/** The buttons of a service. A button shows at once that it was taken, and then what the daemon says. */
import { Button } from "@mantine/core";
import type { ServiceView } from "@/api/types";
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

export function ServiceActions({ service }: { service: ServiceView }) {
  const possible = ACTIONS[service.status];
  const main: Action = possible[0] ?? "stop";
  return (
    <div className={classes.actions}>
      <ActionButton service={service} action={main} />
      <ActionButton service={service} action="restart" />
    </div>
  );
}

function ActionButton({ service, action }: { service: ServiceView; action: Action }) {
  const run = useCommands();
  const offline = useOffline();
  const { outcome } = useOutcome(service.id);
  const { word, sent, icon } = LOOK[action];
  const busy = outcome?.status === "pending" ? outcome.action : null;
  const taken = busy === action || (action === "stop" && service.status === "stopping");
  const why = offline ?? reasonAgainst(service, action, busy);
  return (
    <Button
      className={classes.button}
      variant={action === "start" ? "filled" : "default"}
      leftSection={icon}
      // Stays focusable, so that the reason can be found out.
      {...(why === null ? {} : { "data-disabled": true })}
      aria-disabled={why !== null || undefined}
      aria-label={`${taken ? sent : word} ${service.name}`}
      title={why ?? undefined}
      onClick={() => why === null && run(service, action, true)}
    >
      {taken ? sent : word}
    </Button>
  );
}

function reasonAgainst(service: ServiceView, action: Action, busy: Action | null): string | null {
  if (busy !== null) return `Waiting for the answer to ${busy}`;
  if (service.status === "stopping") return "It is being stopped";
  if (!ACTIONS[service.status].includes(action)) return `Not possible while it is ${service.status}`;
  return null;
}
