/** What targets and messages say, in words. */
import type { Delivery, NotificationTarget } from "@/api/types";

export const KINDS: Record<Delivery["kind"], string> = {
  crash: "crashes",
  run_failed: "failed runs",
  run_finished: "finished runs",
  scan_finished: "finished scans",
  alert: "alerts",
  test: "tests",
};

export const STATES: Record<Delivery["state"], string> = {
  waiting: "waiting",
  sent: "delivered",
  failed: "given up",
  dropped: "dropped",
};

const HELD: Record<NonNullable<NotificationTarget["held_by"]>, string> = {
  quiet: "quiet hours",
  rate: "too many in an hour",
  retry: "the last attempt failed",
};

/** Why messages wait, where they do. */
export function heldWords({ held_by }: Pick<NotificationTarget, "held_by">): string | null {
  return held_by === null ? null : HELD[held_by];
}

/** What a target hears of: "crashes, failed runs of n8n". */
export function hearsWords({ on, services, modules, min_severity }: NotificationTarget): string {
  const whose = [...(services ?? []), ...(modules ?? [])];
  return [
    on.map((kind) => KINDS[kind]).join(", "),
    ...(whose.length > 0 ? [`of ${whose.join(", ")}`] : []),
    ...(min_severity === "info" ? [] : [`alerts from ${min_severity} on`]),
  ].join(" · ");
}
