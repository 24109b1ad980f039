import { describe, expect, it } from "vitest";
import type { Event } from "@/api/types";
import { phraseOf } from "./phrases";

const event = (type: string, payload: Event["payload"]): Event => ({
  id: "1",
  seq: 1,
  at: "2026-11-21T08:00:00Z",
  area: "supervisor",
  type,
  version: 1,
  subject: "comfy",
  actor: "daemon",
  host: "box",
  cause: null,
  payload,
  stored: true,
});

describe("an event in words", () => {
  it("says why, and how bad it is", () => {
    const failed = event("service.failed", { reason: "5 restarts within 60 s", exit: "exit code 3" });
    expect(phraseOf(failed)).toEqual({
      words: "failed",
      details: "5 restarts within 60 s · exit code 3",
      tone: "bad",
    });
  });

  it("tells an end that is well from one that is not", () => {
    expect(phraseOf(event("service.exited", { exit_code: 0, exit: "exit code 0" })).tone).toBe("plain");
    expect(phraseOf(event("service.exited", { exit_code: null, exit: "SIGSEGV" })).tone).toBe("bad");
  });

  it("names what a new configuration changed", () => {
    const applied = event("config.applied", { added: ["a", "b"], changed: [], removed: ["c"], services: 2 });
    expect(phraseOf(applied).details).toBe("added a, b · removed c");
  });

  it.each([
    [1, "crashed"],
    [2, "crashed, and so for the 2nd time"],
    [11, "crashed, and so for the 11th time"],
    [1023, "crashed, and so for the 1 023rd time"],
  ])("counts %i crashes of a kind: %s", (seen, words) => {
    expect(phraseOf(event("crash.recorded", { seen })).words).toBe(words);
  });

  it("shows what a newer daemon tells, with all that it says", () => {
    expect(phraseOf(event("service.moved_house", { reason: "rain", rooms: 3 }))).toEqual({
      words: "moved house",
      details: "rain · rooms 3",
      tone: "plain",
    });
  });

  it("counts what a message tells of only where it came more than once", () => {
    const told = (times: number) =>
      event("notification.delivered", { kind: "run_failed", subject: "x", count: times });
    expect(phraseOf(told(0)).details).toBe("run failed of x");
    expect(phraseOf(told(1)).details).toBe("run failed of x");
    expect(phraseOf(told(7)).details).toBe("run failed of x, 7 times");
  });

  it("keeps its words when facts are missing", () => {
    expect(phraseOf(event("alert.fired", {})).words).toBe("fires");
    expect(phraseOf(event("schedule.missed", {})).words).toBe("missed 0 times");
  });
});
