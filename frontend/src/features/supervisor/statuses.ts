/** What the eight statuses mean for what a person sees and can do. */
import type { ServiceView, Status } from "@/api/types";

export const STATUSES: readonly Status[] = [
  "running",
  "starting",
  "waiting",
  "backoff",
  "failed",
  "exited",
  "stopping",
  "stopped",
];

export type Action = "start" | "stop" | "restart";

/** The actions that make sense in a status; the first is the one for the main button. */
export const ACTIONS: Record<Status, readonly Action[]> = {
  stopped: ["start"],
  exited: ["start"],
  failed: ["start"],
  waiting: ["stop"],
  starting: ["stop", "restart"],
  running: ["stop", "restart"],
  backoff: ["stop", "restart"],
  stopping: [],
};

/** Statuses in which something of the service lives or is about to. */
export function isUp(status: Status): boolean {
  return ACTIONS[status].includes("stop");
}

/** Sorts what needs a person first. */
export const URGENCY: Record<Status, number> = {
  failed: 0,
  backoff: 1,
  waiting: 2,
  starting: 3,
  stopping: 4,
  running: 5,
  exited: 6,
  stopped: 7,
};

/** One sentence for screen readers. */
export function statusSentence(service: ServiceView): string {
  const health = service.status === "running" && service.health !== "none" ? `, ${service.health}` : "";
  const reason = service.reason ? `: ${service.reason}` : "";
  return `${service.name} ${service.status}${health}${reason}`;
}
