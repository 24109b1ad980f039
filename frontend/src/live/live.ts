/** The streams that keep the page true, as one connection with one state. */
import type { QueryClient } from "@tanstack/react-query";
import type { DaemonMessage } from "@/api/messages";
import { servicesQuery } from "@/api/queries/supervisor";
import { Board } from "./board";
import { handle, type Targets } from "./handlers";
import { NamedWindow } from "./samples";
import { LiveSocket, type SocketState, socketUrl } from "./socket";

/** One hour at a tick every two seconds. */
const SYSTEM_SAMPLES = 1_800;
const SILENCE = 15_000;

/** Milliseconds from sample to sample, as long as nothing is known of it. */
const TICK = 2_000;

const TOPICS = ["services", "system"] as const;

export type Topic = (typeof TOPICS)[number];

interface Freshness {
  heardAt: number;
  /** Longest of the recent pauses between two messages, milliseconds. */
  tick: number;
}

export interface LinkState extends SocketState {
  /** Whether the daemon has ever been reached from this page. */
  known: boolean;
}

export class Live {
  readonly targets: Targets;
  readonly board: Board;
  link: LinkState = { phase: "closed", lostAt: null, retryAt: null, known: false };
  private readonly freshness = new Map<Topic, Freshness>();
  private readonly listeners = new Set<() => void>();
  private opened = false;
  private readonly sockets: Record<"services" | "system" | "runs" | "events", LiveSocket>;

  constructor(cache: QueryClient, announce: (sentence: string) => void) {
    const system = new NamedWindow(SYSTEM_SAMPLES);
    this.targets = {
      cache,
      announce,
      system,
      services: new Map(),
      runs: new Map(),
      seq: null,
      told: new Set(),
    };
    this.board = new Board(this.targets.services);
    this.sockets = {
      services: new LiveSocket({
        url: () => socketUrl("/api/services/ws"),
        silence: SILENCE,
        onMessage: (data) => this.received(data, "services"),
        onState: (state) => this.linked(state),
        onOpen: () => this.returned(),
      }),
      system: new LiveSocket({
        url: () => socketUrl("/api/system/ws"),
        silence: SILENCE,
        onMessage: (data) => this.received(data, "system"),
      }),
      runs: new LiveSocket({
        url: () => socketUrl("/api/runs/ws"),
        onMessage: (data) => this.received(data),
      }),
      events: new LiveSocket({
        url: () =>
          socketUrl(`/api/events/ws${this.targets.seq === null ? "" : `?since=${this.targets.seq}`}`),
        onMessage: (data) => this.received(data),
      }),
    };
  }

  start(): void {
    for (const socket of Object.values(this.sockets)) socket.open();
  }

  stop(): void {
    for (const socket of Object.values(this.sockets)) socket.close();
  }

  /** Do not wait for the next try. */
  retry = (): void => this.start();

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Milliseconds since the topic was last heard of, once that is more than two ticks; null while it is fresh. */
  staleness(topic: Topic, now: number): number | null {
    const known = this.freshness.get(topic);
    if (!known) return null;
    const age = now - known.heardAt;
    return age > 2 * known.tick + 500 ? age : null;
  }

  private received(data: string, topic?: Topic): void {
    const message = JSON.parse(data) as DaemonMessage;
    if (topic && (message.type === "service_status" || message.type === "system_stats")) this.heard(topic);
    handle(this.targets, message);
    if (message.type === "service_status") this.board.writeAll();
    this.tell();
  }

  private heard(topic: Topic): void {
    const now = Date.now();
    const known = this.freshness.get(topic);
    const pause = known ? Math.min(now - known.heardAt, 60_000) : TICK;
    this.freshness.set(topic, { heardAt: now, tick: Math.max(pause, (known?.tick ?? TICK) * 0.9) });
  }

  private linked(state: SocketState): void {
    this.link = { ...state, known: this.link.known || state.phase === "open" };
    this.tell();
  }

  /** Back after a loss: the other streams follow at once, and what may have changed meanwhile is read anew. */
  private returned(): void {
    const { cache } = this.targets;
    const first = !this.opened;
    this.opened = true;
    // What was read by then is as old as that, should no sample follow.
    for (const topic of TOPICS)
      if (!this.freshness.has(topic)) this.freshness.set(topic, { heardAt: Date.now(), tick: TICK });
    this.sockets.system.open();
    this.sockets.runs.open();
    this.sockets.events.open();
    if (first) return;
    void cache.invalidateQueries({
      predicate: (query) => query.queryKey[0] !== servicesQuery.queryKey[0],
    });
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
