/** What the eight states of a run look like and are called. */
import type { Run, RunStatus, Status } from "@/api/types";

export const RUN_STATUSES: readonly RunStatus[] = [
  "queued",
  "starting",
  "running",
  "completed",
  "failed",
  "cancelled",
  "timed_out",
  "interrupted",
];

/** The shape and colour that each has in common with a status of services. */
export const LOOK: Record<RunStatus, Status> = {
  queued: "waiting",
  starting: "starting",
  running: "running",
  completed: "exited",
  failed: "failed",
  cancelled: "stopped",
  timed_out: "backoff",
  interrupted: "failed",
};

const ENDING: Record<NonNullable<Run["ending"]>, string> = {
  cancelled: "cancelling",
  timed_out: "timing out",
  interrupted: "stopping",
};

export function statusName(status: RunStatus): string {
  return status.replace("_", " ");
}

/** What it is and how that looks; one that is being ended says so. */
export function appearance({ status, ending }: Pick<Run, "status" | "ending">): {
  look: Status;
  word: string;
} {
  if (ending !== null && isActive(status)) return { look: "stopping", word: ENDING[ending] };
  return { look: LOOK[status], word: statusName(status) };
}

export function isActive(status: RunStatus): boolean {
  return status === "queued" || status === "starting" || status === "running";
}
