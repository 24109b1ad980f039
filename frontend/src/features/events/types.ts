/** The kinds of facts that this dashboard knows. A newer daemon may tell others; they are shown, and change nothing. */

export const EVENT_TYPES = [
  "service.added",
  "service.changed",
  "service.removed",
  "service.waiting",
  "service.starting",
  "service.launched",
  "service.started",
  "service.stopping",
  "service.stopped",
  "service.exited",
  "service.failed",
  "service.backoff",
  "service.health",
  "service.adopted",
  "service.ladder",
  "service.limit",
  "service.log_lost",
  "service.log_refused",
  "service.log_accepted",
  "service.self_restarted",
  "service.port_freed",
  "config.applied",
  "config.refused",
  "config.edited",
  "daemon.started",
  "daemon.stopping",
  "daemon.resumed",
  "daemon.descriptors_low",
  "clock.set_back",
  "database.unavailable",
  "database.back",
  "database.replaced",
  "keeper.started",
  "keeper.lost",
  "keeper.reconnected",
  "events.lost",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export function isKnown(type: string): type is EventType {
  return (EVENT_TYPES as readonly string[]).includes(type);
}
