/** Events in words: what happened to the subject, and how bad that is. */
import type { Event } from "@/api/types";
import { bytes, count, duration, exactTime, timeToSecond } from "@/design/format";
import { type EventType, isKnown } from "./types";
import { payloadWords } from "./words";

export type Tone = "bad" | "warn" | "good" | "plain";

export interface Phrase {
  /** After the name of the subject: "ended with exit code 3". */
  words: string;
  /** Why, or what else there is to know. */
  details: string;
  tone: Tone;
}

type Payload = Event["payload"];
type Say = (payload: Payload) => Partial<Phrase> & { words: string };

export function phraseOf({ type, payload }: Event): Phrase {
  const said = isKnown(type)
    ? PHRASES[type](payload)
    : {
        words: type.slice(type.indexOf(".") + 1).replaceAll("_", " "),
        details: payloadWords(payload),
      };
  return { details: text(payload.reason), tone: "plain", ...said };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const counted = (value: unknown, one: string, many: string) =>
  `${count(number(value))} ${number(value) === 1 ? one : many}`;

const plain =
  (words: string): Say =>
  () => ({ words });
const warn =
  (words: string): Say =>
  () => ({ words, tone: "warn" });
const bad =
  (words: string): Say =>
  () => ({ words, tone: "bad" });
const good =
  (words: string): Say =>
  () => ({ words, tone: "good" });

const ended =
  (words: string, tone: Tone): Say =>
  (payload) => ({
    words,
    tone,
    details: [text(payload.reason), text(payload.exit)].filter(Boolean).join(" · "),
  });

const changedNames: Say = (payload) => {
  const parts = [
    [list(payload.added), "added"],
    [list(payload.changed), "changed"],
    [list(payload.removed), "removed"],
  ] as const;
  const said = parts
    .filter(([names]) => names.length > 0)
    .map(([names, what]) => `${what} ${names.join(", ")}`);
  return { words: "", details: said.join(" · ") };
};

const found: Say = (payload) => ({
  words: "",
  details: [
    counted(payload.files, "file", "files"),
    `${count(number(payload.added))} added`,
    `${count(number(payload.changed))} changed`,
    `${count(number(payload.removed))} removed`,
  ].join(" · "),
});

const budget = (payload: Payload) =>
  `$${number(payload.spent).toFixed(2)} of $${number(payload.hard ?? payload.soft).toFixed(2)} a ${text(payload.per)}`;

const severityTone = (payload: Payload): Tone => (payload.severity === "critical" ? "bad" : "warn");

const alert =
  (words: string, tone: Tone | null): Say =>
  (payload) => ({
    words,
    tone: tone ?? severityTone(payload),
    details: [text(payload.summary), text(payload.reason)].filter(Boolean).join(" · "),
  });

function ordinal(value: number): string {
  const last = value % 100 > 10 && value % 100 < 14 ? 0 : value % 10;
  return `${count(value)}${["th", "st", "nd", "rd"][last] ?? "th"}`;
}

function message({ count: times, kind, subject }: Payload): string {
  const what = `${text(kind).replaceAll("_", " ")} of ${text(subject)}`;
  return typeof times === "number" && times > 1 ? `${what}, ${count(times)} times` : what;
}

const PHRASES: Record<EventType, Say> = {
  "service.added": plain("was added"),
  "service.changed": plain("has a changed definition"),
  "service.removed": plain("was removed"),
  "service.waiting": plain("waits"),
  "service.starting": plain("is starting"),
  "service.launched": (payload) => ({ words: `was launched as process ${payload.pid}` }),
  "service.started": good("runs"),
  "service.stopping": plain("is stopping"),
  "service.stopped": ended("stopped", "plain"),
  "service.exited": (payload) => ended("ended", payload.exit_code === 0 ? "plain" : "bad")(payload),
  "service.failed": ended("failed", "bad"),
  "service.backoff": (payload) => ({
    words: `is started again in ${duration(number(payload.seconds))}`,
    tone: "warn",
  }),
  "service.health": (payload) => ({
    words: `is ${text(payload.health)}`,
    tone: payload.health === "unhealthy" ? "bad" : payload.health === "healthy" ? "good" : "plain",
  }),
  "service.adopted": (payload) => ({ words: `was taken over as process ${payload.pid}` }),
  "service.ladder": (payload) => ({
    words: `was pressed to stop: ${text(payload.rung)}`,
    details: `after ${number(payload.after).toFixed(1)} s`,
    tone: "warn",
  }),
  "service.limit": warn("reached a limit"),
  "service.log_lost": (payload) => ({
    words: "wrote more than could be kept",
    details: payloadWords(payload),
    tone: "warn",
  }),
  "service.log_refused": (payload) => ({
    words: "has a log that cannot be written",
    details: payloadWords(payload),
    tone: "bad",
  }),
  "service.log_accepted": (payload) => ({
    words: "has a log that is written again",
    details: payloadWords(payload),
    tone: "good",
  }),
  "service.self_restarted": ended("restarted itself", "plain"),
  "service.port_freed": (payload) => ({
    words: `got its port ${payload.port} back`,
    details: `${text(payload.name)} (${payload.pid}) was stopped: ${text(payload.state)}`,
  }),
  "module.added": plain("was added"),
  "module.changed": plain("was changed"),
  "module.removed": plain("was removed"),
  "module.faulty": (payload) => ({
    words: `has ${counted(payload.errors, "error", "errors")} in its definition`,
    details: text(payload.file),
    tone: "bad",
  }),
  "run.queued": plain("was asked for"),
  "run.started": plain("started"),
  "run.adopted": plain("was taken over"),
  "run.stopping": plain("is stopping"),
  "run.retrying": (payload) => ({ words: `is tried again, attempt ${payload.attempt}`, tone: "warn" }),
  "run.completed": good("completed"),
  "run.failed": bad("failed"),
  "run.cancelled": plain("was cancelled"),
  "run.timed_out": bad("took too long"),
  "run.interrupted": bad("was interrupted"),
  "runs.forgotten": (payload) => ({
    words: `${counted(payload.count, "old run was", "old runs were")} forgotten`,
    details: bytes(number(payload.bytes)),
  }),
  "schedule.added": plain("was made"),
  "schedule.changed": plain("was changed"),
  "schedule.removed": plain("was removed"),
  "schedule.paused": plain("was paused"),
  "schedule.resumed": plain("was resumed"),
  "schedule.fired": plain("asked for a run"),
  "schedule.missed": (payload) => ({
    words: `missed ${counted(payload.count, "time", "times")}`,
    details: payload.made_up ? "made up for by one run" : "",
    tone: "warn",
  }),
  "schedule.skipped_overlap": () => ({
    words: "was passed over",
    details: "the run before still went",
    tone: "warn",
  }),
  "schedule.failed": bad("could not run anything"),
  "knowledge.scanned": (payload) => ({ ...found(payload), words: "All files were looked through" }),
  "knowledge.changed": (payload) => ({ ...found(payload), words: "Files changed" }),
  "knowledge.scan_failed": bad("The files could not be looked through"),
  "knowledge.fetch_begun": plain("is being fetched"),
  "knowledge.fetched": (payload) => ({
    words: `was fetched: ${text(payload.status)}`,
    details: "",
    tone: payload.status === "completed" ? "good" : "bad",
  }),
  "config.applied": (payload) => ({ ...changedNames(payload), words: "was applied" }),
  "config.edited": (payload) => ({ ...changedNames(payload), words: "was edited" }),
  "config.refused": (payload) => ({
    words: `was refused for ${counted(payload.errors, "error", "errors")}`,
    details: "what was in force stays",
    tone: "bad",
  }),
  "usage.budget_reached": (payload) => ({
    words: "reached its soft limit",
    details: budget(payload),
    tone: "warn",
  }),
  "usage.budget_spent": (payload) => ({ words: "is spent", details: budget(payload), tone: "bad" }),
  "alert.pending": alert("may fire", "plain"),
  "alert.fired": alert("fires", null),
  "alert.reminded": alert("still fires", null),
  "alert.resolved": alert("ended", "good"),
  "alert.silenced": (payload) => ({
    words: payload.until
      ? `was silenced until ${timeToSecond(Date.parse(text(payload.until)))}`
      : "was silenced",
    details: text(payload.summary),
  }),
  "alert.unsilenced": plain("is told again"),
  "notification.delivered": (payload) => ({ words: "was told", details: message(payload) }),
  "notification.failed": (payload) => ({
    words: payload.final ? "could not be told, and that was given up" : "could not be told yet",
    details: `${message(payload)} · ${text(payload.reason)}`,
    tone: payload.final ? "bad" : "warn",
  }),
  "notification.dropped": (payload) => ({
    words: "is not told: too many messages wait",
    details: message(payload),
    tone: "bad",
  }),
  "crash.recorded": (payload) => ({
    words:
      number(payload.seen) > 1 ? `crashed, and so for the ${ordinal(number(payload.seen))} time` : "crashed",
    tone: "bad",
  }),
  "machine.suspended": (payload) => ({
    words: `The machine slept for ${duration(number(payload.seconds))}`,
    tone: "warn",
  }),
  "daemon.started": (payload) => ({
    words: "The control center started",
    details: [
      `version ${text(payload.version)}`,
      payload.last_seen
        ? `before that it was last alive ${exactTime(Date.parse(text(payload.last_seen)))}`
        : "",
    ]
      .filter(Boolean)
      .join(" · "),
  }),
  "daemon.stopping": plain("The control center is stopping"),
  "daemon.resumed": (payload) => ({
    words: `The machine slept for ${duration(number(payload.seconds))}`,
    tone: "warn",
  }),
  "daemon.descriptors_low": (payload) => ({
    words: "Clients were turned away: no more files may be open",
    details: `${count(number(payload.clients))} clients, at most ${count(number(payload.limit))} files`,
    tone: "bad",
  }),
  "clock.set_back": (payload) => ({
    words: `The clock was set back by ${duration(number(payload.seconds))}`,
    tone: "warn",
  }),
  "database.unavailable": bad("The database does not answer"),
  "database.back": (payload) => ({
    words: `The database answers again after ${duration(number(payload.seconds))}`,
    tone: "good",
  }),
  "database.replaced": (payload) => ({
    words: "The database was damaged and began anew",
    details: `the damaged one is ${text(payload.damaged)}`,
    tone: "bad",
  }),
  "keeper.started": (payload) => ({
    words: `The keeper started as process ${payload.pid}`,
    details: payload.ended ? `${counted(payload.ended, "tool", "tools")} had ended` : "",
  }),
  "keeper.lost": bad("The keeper of the tools is gone"),
  "keeper.reconnected": (payload) => ({ words: `The keeper is there again, process ${payload.pid}` }),
  "events.lost": (payload) => ({
    words: `${counted(payload.count, "event was", "events were")} lost`,
    tone: "bad",
  }),
};
