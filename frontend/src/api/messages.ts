/** What arrives on the sockets. OpenAPI does not describe WebSockets, so these are written by hand. */
import type { Event, Run, ServiceRow, SystemStats } from "./types";

export interface ServiceStatusMessage {
  type: "service_status";
  timestamp: string;
  services: ServiceRow[];
}

export type SystemStatsMessage = SystemStats & { type: "system_stats" };

/** All runs that have not finished: those that go, then the queue in its order. */
export interface RunsMessage {
  type: "runs";
  timestamp: string;
  runs: Run[];
}

export interface EventMessage {
  type: "event";
  event: Event;
}

/** The backfill is over: everything up to `seq` has been sent, from here on events are live. */
export interface LiveMessage {
  type: "live";
  seq: number;
}

export type DaemonMessage =
  | ServiceStatusMessage
  | SystemStatsMessage
  | RunsMessage
  | EventMessage
  | LiveMessage;

/** Bytes [start, end) of a log, decoded; `at` is when the first of its lines arrived, in epoch milliseconds, where that is known. */
export interface LogText {
  log: string;
  start: number;
  end: number;
  text: string;
  at: number | null;
  /** Where later parts of it arrived at another time: byte offset and epoch milliseconds, ascending. */
  times: [number, number][];
}

/** `behind`: so many bytes of the log wait to be sent, where these are many. */
export type LogMessage =
  | ({ type: "block"; behind: number } & LogText)
  | ({ type: "page"; first: boolean } & LogText)
  | { type: "gap"; log: string; start: number; end: number }
  | { type: "refused"; log: string; detail: string };

export type LogRequest =
  | { op: "follow"; log: string; lines: number }
  | { op: "follow"; log: string; from: number }
  | { op: "unfollow"; log: string }
  | { op: "page"; log: string; before: number; lines: number };
