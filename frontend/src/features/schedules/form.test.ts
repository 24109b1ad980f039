import { expect, it } from "vitest";
import type { CalendarDay } from "@/api/types";
import { module, parameter } from "@/test/module";
import { entriesOf } from "./entries";
import { newDraft, requestOf, unreadable } from "./form";

const train = module({
  parameters: [
    parameter({ name: "steps", type: "number", default: 5 }),
    parameter({ name: "note" }),
    parameter({ name: "key", type: "password", secret: true }),
  ],
});

it("asks for what belongs to its kind, and for no more", () => {
  const draft = {
    ...newDraft("train"),
    every: "1h 30m",
    after: ["poll"],
    files: " /a/*.csv \n\n/b ",
    jitter: "5m",
  };
  expect(requestOf({ ...draft, kind: "every" }, train)).toEqual({
    module_id: "train",
    name: null,
    every: 5400,
    missed: "skip",
    jitter: 300,
    overlap: false,
    paused: false,
    parameters: {},
  });
  expect(requestOf({ ...draft, kind: "after" }, train)).toMatchObject({ after: ["poll"], jitter: 0 });
  expect(requestOf({ ...draft, kind: "files" }, train)).toMatchObject({
    files: ["/a/*.csv", "/b"],
    settle: 2,
  });
});

it("keeps only what differs from the defaults, and no secret", () => {
  const draft = { ...newDraft("train"), parameters: { steps: "5", note: "now", key: "hunter2" } };
  expect(requestOf(draft, train).parameters).toEqual({ note: "now" });
});

it("tells what is no length of time, and asks about the rest", () => {
  const draft = { ...newDraft("train"), jitter: "soon" };
  expect(Object.keys(unreadable(draft))).toEqual(["jitter"]);
  expect(requestOf(draft, train).jitter).toBe(0);
  expect(Object.keys(unreadable({ ...draft, kind: "after" }))).toEqual([]);
});

it("gives what comes often one line after all others", () => {
  const who = { schedule_id: 1, module_id: "a", name: "A" };
  const at = (hour: number) => `2026-11-21T0${hour}:00:00Z`;
  const day: CalendarDay = {
    day: "2026-11-21",
    begin: at(0),
    end: "2026-11-22T00:00:00Z",
    ran: [
      {
        module_id: "b",
        outcomes: { failed: 1 },
        first_at: at(3),
        last_at: at(3),
        each: [{ run_id: "run", status: "failed", at: at(3) }],
      },
    ],
    not_run: [{ ...who, why: "missed", count: 2 }],
    coming: [
      { ...who, count: 1440, first_at: at(0), last_at: at(9), each: [] },
      { ...who, schedule_id: 2, count: 2, first_at: at(2), last_at: at(4), each: [at(2), at(4)] },
    ],
  };
  const kinds = (most: number) => entriesOf(day, most).map(({ kind }) => kind);
  expect(kinds(2)).toEqual(["not run", "comes", "ran", "comes", "comes often"]);
  expect(kinds(1)).toEqual(["not run", "ran", "comes often", "comes often"]);
});
