/**
 * What each message of the daemon does to the cache: one table, exhaustive by type.
 *
 * Sockets only carry what changes; a page reads the cache and nothing else.
 */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { DaemonMessage } from "@/api/messages";
import { configurationQuery, pendingQuery } from "@/api/queries/definitions";
import { diagnosticsQuery } from "@/api/queries/diagnostics";
import { eventsQuery } from "@/api/queries/events";
import { servicesQuery, withoutFigures } from "@/api/queries/supervisor";
import { statsQuery } from "@/api/queries/system";
import type { Event, ServiceRow, ServiceView } from "@/api/types";
import { type EventType, isKnown } from "@/features/events/types";
import { statusSentence } from "@/features/supervisor/statuses";
import type { Figures } from "./board";
import { knowledgeMoved } from "./knowledge";
import { machineFigures } from "./machine";
import { reread, rereadSoon } from "./reread";
import { modulesMoved, runMoved, takeRuns } from "./runs";
import { type NamedWindow, SampleWindow } from "./samples";
import { calendarMoved, schedulesMoved } from "./schedules";

/** Columns of the samples kept for a service. */
export const SERVICE_COLUMNS = { cpu: 0, memory: 1 } as const;

const SERVICE_SAMPLES = 900;

export interface Targets {
  cache: QueryClient;
  /** Of the machine, under the names of its history. */
  system: NamedWindow;
  services: Map<string, Figures>;
  /** What runs use, by their ids. */
  runs: Map<string, SampleWindow>;
  /** The newest event seen, from which the stream resumes. */
  seq: number | null;
  announce: (sentence: string) => void;
  /** Who else hears each event, in its order. */
  told: Set<(event: Event) => void>;
}

type Handlers = {
  [Type in DaemonMessage["type"]]: (
    targets: Targets,
    message: Extract<DaemonMessage, { type: Type }>,
  ) => void;
};

export const handlers: Handlers = {
  service_status: (targets, { services: rows, timestamp }) => {
    const services = rows.map(withoutFigures);
    const before = targets.cache.getQueryData(servicesQuery.queryKey)?.services ?? [];
    targets.cache.setQueryData(servicesQuery.queryKey, { count: services.length, services });
    announceChanges(targets, before, services);
    noteFigures(targets, rows, Date.parse(timestamp) / 1000);
  },
  system_stats: (targets, { type: _, ...stats }) => {
    targets.cache.setQueryData(statsQuery.queryKey, stats);
    targets.system.add(Date.parse(stats.timestamp) / 1000, machineFigures(stats));
  },
  runs: takeRuns,
  event: (targets, { event }) => {
    if (targets.seq !== null && event.seq <= targets.seq) return;
    targets.seq = event.seq;
    if (event.subject !== null) remember(targets.cache, event.subject, event);
    for (const hear of targets.told) hear(event);
    if (isKnown(event.type)) facts[event.type](targets.cache, event);
  },
  live: (targets, { seq }) => {
    // What was read before the first event could be heard may be out of date by now.
    if (targets.seq === null) reread(targets.cache, { predicate: isToldByEvents });
    targets.seq = Math.max(targets.seq ?? 0, seq);
  },
};

/** Whether a query is read once and then kept true by events, rather than by samples of its own. */
function isToldByEvents({ queryKey }: { queryKey: readonly unknown[] }): boolean {
  return queryKey[0] !== servicesQuery.queryKey[0] && queryKey[0] !== statsQuery.queryKey[0];
}

/** Gives a message of any type to its handler. */
export function handle(targets: Targets, message: DaemonMessage): void {
  const handler = handlers[message.type] as ((targets: Targets, message: DaemonMessage) => void) | undefined;
  handler?.(targets, message);
}

type FactHandler = (cache: QueryClient, event: Event) => void;

const serviceMoved: FactHandler = (cache, event) => {
  reread(cache, { queryKey: ["service", event.subject] });
};
const portsMoved: FactHandler = (cache, event) => {
  serviceMoved(cache, event);
  reread(cache, { queryKey: ["ports"] });
  reread(cache, { queryKey: pendingQuery.queryKey });
};
const definitionMoved: FactHandler = (cache, event) => {
  serviceMoved(cache, event);
  reread(cache, { queryKey: configurationQuery.queryKey });
};
const configurationMoved: FactHandler = (cache) => {
  // The text of each service and what a draft would change hang on the whole file.
  reread(cache, { queryKey: ["service"] });
  reread(cache, { queryKey: ["check"] });
  reread(cache, { queryKey: configurationQuery.queryKey });
  reread(cache, { queryKey: diagnosticsQuery.queryKey });
};
const keeperMoved: FactHandler = (cache) => {
  reread(cache, { queryKey: diagnosticsQuery.queryKey });
};
const eventsMoved: FactHandler = (cache) => {
  reread(cache, { queryKey: ["events"] });
};
const usageMoved: FactHandler = (cache) => {
  reread(cache, { queryKey: ["usage"] });
};
const alertsMoved: FactHandler = (cache) => rereadSoon(cache, "alerts");
const messagesMoved: FactHandler = (cache) => rereadSoon(cache, "notifications");
const everythingMoved: FactHandler = (cache) => reread(cache);
const nothingMoves: FactHandler = () => undefined;

const facts: Record<EventType, FactHandler> = {
  "service.added": definitionMoved,
  "service.changed": definitionMoved,
  "service.removed": definitionMoved,
  "service.waiting": serviceMoved,
  "service.starting": serviceMoved,
  "service.launched": serviceMoved,
  "service.started": portsMoved,
  "service.stopping": serviceMoved,
  "service.stopped": portsMoved,
  "service.exited": portsMoved,
  "service.failed": portsMoved,
  "service.backoff": portsMoved,
  "service.health": serviceMoved,
  "service.adopted": portsMoved,
  "service.ladder": serviceMoved,
  "service.limit": serviceMoved,
  "service.log_lost": serviceMoved,
  "service.log_refused": serviceMoved,
  "service.log_accepted": serviceMoved,
  "service.self_restarted": portsMoved,
  "service.port_freed": portsMoved,
  "module.added": modulesMoved,
  "module.changed": modulesMoved,
  "module.removed": modulesMoved,
  "module.faulty": modulesMoved,
  "run.queued": runMoved,
  "run.started": runMoved,
  "run.adopted": runMoved,
  "run.stopping": runMoved,
  "run.retrying": runMoved,
  "run.completed": runMoved,
  "run.failed": runMoved,
  "run.cancelled": runMoved,
  "run.timed_out": runMoved,
  "run.interrupted": runMoved,
  "runs.forgotten": runMoved,
  "schedule.added": calendarMoved,
  "schedule.changed": calendarMoved,
  "schedule.removed": calendarMoved,
  "schedule.paused": calendarMoved,
  "schedule.resumed": calendarMoved,
  "schedule.fired": schedulesMoved,
  "schedule.missed": schedulesMoved,
  "schedule.skipped_overlap": schedulesMoved,
  "schedule.failed": schedulesMoved,
  "knowledge.scanned": knowledgeMoved,
  "knowledge.changed": knowledgeMoved,
  "knowledge.scan_failed": knowledgeMoved,
  "knowledge.fetch_begun": knowledgeMoved,
  "knowledge.fetched": knowledgeMoved,
  "usage.budget_reached": usageMoved,
  "usage.budget_spent": usageMoved,
  "alert.pending": alertsMoved,
  "alert.fired": alertsMoved,
  "alert.reminded": alertsMoved,
  "alert.resolved": alertsMoved,
  "alert.silenced": alertsMoved,
  "alert.unsilenced": alertsMoved,
  "notification.delivered": messagesMoved,
  "notification.failed": messagesMoved,
  "notification.dropped": messagesMoved,
  "crash.recorded": (cache, event) => reread(cache, { queryKey: ["crashes", event.subject] }),
  "machine.suspended": nothingMoves,
  "config.applied": configurationMoved,
  "config.refused": configurationMoved,
  "config.edited": configurationMoved,
  "daemon.started": everythingMoved,
  "daemon.stopping": nothingMoves,
  "daemon.resumed": everythingMoved,
  "keeper.started": keeperMoved,
  "keeper.lost": keeperMoved,
  "keeper.reconnected": keeperMoved,
  "daemon.descriptors_low": keeperMoved,
  "clock.set_back": nothingMoves,
  "database.unavailable": keeperMoved,
  "database.back": keeperMoved,
  "database.replaced": keeperMoved,
  "events.lost": eventsMoved,
};

type EventPages = InfiniteData<{ events: Event[]; next: number | null }, number | null>;

/** Events that a list of one subject keeps at most: what it has no room for is read again when it is asked for. */
const MOST_EVENTS = 500;

/** Puts a live event on top of the list of its subject, where that list has been read. */
function remember(cache: QueryClient, subject: string, event: Event): void {
  cache.setQueryData<EventPages>(eventsQuery(event.area, subject).queryKey, (known) => {
    const [first, ...rest] = known?.pages ?? [];
    if (!known || !first || first.events.some((one) => one.seq === event.seq)) return known;
    const events = [event, ...first.events];
    if (events.length <= MOST_EVENTS) return { ...known, pages: [{ ...first, events }, ...rest] };
    const kept = events.slice(0, MOST_EVENTS / 2);
    return { pages: [{ events: kept, next: kept.at(-1)?.seq ?? null }], pageParams: [null] };
  });
}

function announceChanges(targets: Targets, before: ServiceView[], after: ServiceView[]): void {
  const known = new Map(before.map((service) => [service.id, service]));
  for (const service of after) {
    const was = known.get(service.id);
    if (was && (was.status !== service.status || was.health !== service.health)) {
      targets.announce(statusSentence(service));
    }
  }
}

function noteFigures(targets: Targets, rows: ServiceRow[], at: number): void {
  for (const { id, cpu_percent: cpu, memory_bytes: memory, uptime_seconds: uptime } of rows) {
    const samples = targets.services.get(id)?.samples ?? new SampleWindow(SERVICE_SAMPLES);
    samples.add(at, [cpu, memory]);
    targets.services.set(id, { cpu, memory, uptime, samples });
  }
  if (targets.services.size > rows.length) {
    const present = new Set(rows.map(({ id }) => id));
    for (const id of targets.services.keys()) if (!present.has(id)) targets.services.delete(id);
  }
}
