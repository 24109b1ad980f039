import { describe, expect, it } from "vitest";
import type { Event } from "@/api/types";
import { fits, isNarrowed, readJournalSearch, wantedBy } from "./filter";

const event: Event = {
  id: "1",
  seq: 1,
  at: "2026-11-21T08:00:00Z",
  area: "supervisor",
  type: "service.failed",
  version: 1,
  subject: "comfy",
  actor: "daemon",
  host: "box",
  cause: null,
  payload: {},
  stored: true,
};

describe("the filter in the address", () => {
  it("takes what it knows and leaves out the rest", () => {
    const typed = {
      area: ["runs", "moon"],
      type: "run.failed",
      hours: "24",
      seq: "-3",
      cause: "x",
      actor: "",
      to: "noon",
    };
    expect(readJournalSearch(typed)).toEqual({ area: ["runs"], type: ["run.failed"], hours: 24 });
  });

  it("does not count an event that is looked at as a filter", () => {
    expect(isNarrowed({ seq: 4 })).toBe(false);
    expect(isNarrowed({ seq: 4, q: "x" })).toBe(true);
  });

  it("asks the daemon for moments in UTC", () => {
    const now = Date.parse("2026-11-21T12:00:00Z");
    expect(wantedBy({ hours: 1, seq: 9 }, now)).toEqual({ from: "2026-11-21T11:00:00.000Z" });
    const local = new Date(2026, 10, 21, 20, 15).toISOString();
    expect(wantedBy({ from: "2026-11-21T20:15" }, now)).toEqual({ from: local });
  });
});

describe("what is told live", () => {
  it.each([
    [{}, true],
    [{ area: ["runs", "supervisor"], type: ["service.failed"] }, true],
    [{ area: ["runs"] }, false],
    [{ subject: "comf" }, false],
    [{ q: "COMF" }, true],
    [{ q: "failed" }, true],
    [{ actor: "local" }, false],
    [{ cause: "0123456789abcdef0123456789abcdef" }, false],
    [{ from: "2026-11-21T08:00:00Z" }, true],
    [{ to: "2026-11-21T08:00:00Z" }, false],
  ])("belongs to %j: %s", (wanted, expected) => {
    expect(fits(event, wanted)).toBe(expected);
  });
});
