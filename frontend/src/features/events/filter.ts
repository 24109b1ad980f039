/** Which part of the journal is shown; all of it lives in the URL. */
import type { Event } from "@/api/types";
import { listOf } from "@/searchParameters";
import { AREAS, type Area } from "./areas";

export interface JournalSearch {
  area?: Area[];
  type?: string[];
  subject?: string;
  actor?: string;
  /** The id of the event that led to them. */
  cause?: string;
  q?: string;
  /** Told within so many hours. */
  hours?: number;
  /** Told at this local minute or later, and before that one: as 2026-11-21T20:15. */
  from?: string;
  to?: string;
  /** The event to look at, by its place in the order: the page begins round it. */
  seq?: number;
}

export const ACTORS: Record<string, string> = {
  local: "someone here",
  user: "a person",
  schedule: "a schedule",
  daemon: "the control center",
};

/** Hours back from now that can be chosen. */
export const SPANS: Record<number, string> = {
  1: "The last hour",
  24: "The last 24 hours",
  168: "The last 7 days",
  720: "The last 30 days",
};

const EVENT_ID = /^[0-9a-f]{32}$/;
const MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/** Reads it out of search parameters that anyone may have typed. */
export function readJournalSearch(search: Record<string, unknown>): JournalSearch {
  const area = listOf(search.area).filter((one): one is Area => one in AREAS);
  const type = listOf(search.type);
  const seq = Number(search.seq);
  return {
    ...(area.length > 0 ? { area } : {}),
    ...(type.length > 0 ? { type } : {}),
    ...(search.subject ? { subject: String(search.subject) } : {}),
    ...(search.actor ? { actor: String(search.actor) } : {}),
    ...(EVENT_ID.test(String(search.cause)) ? { cause: String(search.cause) } : {}),
    ...(search.q ? { q: String(search.q) } : {}),
    ...readTimes(search),
    ...(Number.isSafeInteger(seq) && seq > 0 ? { seq } : {}),
  };
}

function readTimes({
  hours,
  from,
  to,
}: Record<string, unknown>): Pick<JournalSearch, "hours" | "from" | "to"> {
  if (Number(hours) in SPANS) return { hours: Number(hours) };
  return {
    ...(MINUTE.test(String(from)) ? { from: String(from) } : {}),
    ...(MINUTE.test(String(to)) ? { to: String(to) } : {}),
  };
}

export function isNarrowed({ seq: _, ...filter }: JournalSearch): boolean {
  return Object.keys(filter).length > 0;
}

/** The filter as the API takes it, as of now: what it leaves out is not asked for. */
export interface Wanted {
  area?: string[];
  type?: string[];
  subject?: string;
  actor?: string;
  cause?: string;
  q?: string;
  /** ISO 8601: at or after, and before. */
  from?: string;
  to?: string;
}

export function wantedBy({ hours, from, to, seq: _, ...same }: JournalSearch, now: number): Wanted {
  const since = hours ? new Date(now - hours * 3_600_000) : from && new Date(from);
  return {
    ...same,
    ...(since ? { from: since.toISOString() } : {}),
    ...(to ? { to: new Date(to).toISOString() } : {}),
  };
}

/** Whether an event that was just told belongs to what is wanted. */
export function fits(event: Event, { area, type, subject, actor, cause, q, from, to }: Wanted): boolean {
  const at = Date.parse(event.at);
  return (
    (!area || area.includes(event.area)) &&
    (!type || type.includes(event.type)) &&
    (!subject || event.subject === subject) &&
    (!actor || event.actor === actor) &&
    (!cause || event.cause === cause) &&
    (!q || `${event.type}\n${event.subject ?? ""}`.toLowerCase().includes(q.toLowerCase())) &&
    (!from || at >= Date.parse(from)) &&
    (!to || at < Date.parse(to))
  );
}
