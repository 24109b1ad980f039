/** The fields of a schedule's form, and the request that they stand for. What is good the daemon says. */
import type { Module, Parameter, Schedule, ScheduleRequest } from "@/api/types";
import { type Drafts, draftsOf, given } from "@/features/modules/form";
import { type Kind, secondsIn, spanText } from "./words";

export interface Draft {
  module: string;
  name: string;
  kind: Kind;
  cron: string;
  zone: string;
  every: string;
  after: string[];
  files: string;
  settle: string;
  missed: "skip" | "once";
  jitter: string;
  overlap: boolean;
  parameters: Drafts;
}

export const newDraft = (module: string): Draft => ({
  module,
  name: "",
  kind: "cron",
  cron: "0 6 * * *",
  zone: "",
  every: "1h",
  after: [],
  files: "",
  settle: "2s",
  missed: "skip",
  jitter: "",
  overlap: false,
  parameters: {},
});

export function draftOf(schedule: Schedule, module: Module | undefined): Draft {
  const { kind, name, cron, zone, every, after, files, settle, missed, jitter, overlap } = schedule;
  const begins = newDraft(schedule.module_id);
  const asked = askable(module).filter((one) => one.name in schedule.parameters);
  return {
    ...begins,
    name: name === module?.name ? "" : name,
    kind,
    cron: cron ?? begins.cron,
    zone: zone ?? "",
    every: every === null ? begins.every : spanText(every),
    after: after ?? [],
    files: (files ?? []).join("\n"),
    settle: settle === null ? begins.settle : spanText(settle),
    missed,
    jitter: jitter === 0 ? "" : spanText(jitter),
    overlap,
    parameters: draftsOf(asked, schedule.parameters),
  };
}

/** What a schedule may be made with: secrets belong to definitions, which nobody stores. */
export const askable = (module: Module | undefined): Parameter[] =>
  (module?.parameters ?? []).filter((one) => !one.secret);

/** All drafts of the parameters: what was typed, over the defaults. */
export function parameterDrafts(module: Module | undefined, typed: Drafts): Drafts {
  const parameters = askable(module);
  return { ...draftsOf(parameters, defaults(parameters)), ...typed };
}

const defaults = (parameters: readonly Parameter[]) =>
  Object.fromEntries(parameters.map((one) => [one.name, one.default]));

/** Only what differs from the defaults: those stay the definition's. */
function parametersOf(module: Module | undefined, typed: Drafts): Record<string, unknown> {
  const parameters = askable(module);
  const standing = given(parameters, parameterDrafts(module, {}));
  const all = Object.entries(given(parameters, parameterDrafts(module, typed)));
  return Object.fromEntries(
    all.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(standing[name])),
  );
}

export const byClock = (kind: Kind) => kind === "cron" || kind === "every";

/** What cannot be read is left out, so that the rest can be asked about; `unreadable` tells of it. */
export function requestOf(draft: Draft, module: Module | undefined): ScheduleRequest {
  const { kind } = draft;
  return {
    module_id: draft.module,
    name: draft.name.trim() || null,
    missed: byClock(kind) ? draft.missed : "skip",
    jitter: byClock(kind) ? secondsIn(draft.jitter) || 0 : 0,
    overlap: draft.overlap,
    parameters: parametersOf(module, draft.parameters),
    paused: false,
    ...(kind === "cron" ? { cron: draft.cron, zone: draft.zone.trim() || null } : {}),
    ...(kind === "every" ? { every: secondsIn(draft.every) } : {}),
    ...(kind === "after" ? { after: draft.after } : {}),
    ...(kind === "files" ? { files: lines(draft.files), settle: secondsIn(draft.settle) || 0 } : {}),
  };
}

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const LENGTH = "Write a length of time, such as 15m or 1h 30m";

/** What is no length of time, by field. */
export function unreadable(draft: Draft): Record<string, string> {
  const { kind, every, jitter, settle } = draft;
  const wrong = (text: string) => Number.isNaN(secondsIn(text));
  return {
    ...(kind === "every" && wrong(every) ? { every: LENGTH } : {}),
    ...(byClock(kind) && jitter.trim() && wrong(jitter) ? { jitter: LENGTH } : {}),
    ...(kind === "files" && wrong(settle) ? { settle: LENGTH } : {}),
  };
}
