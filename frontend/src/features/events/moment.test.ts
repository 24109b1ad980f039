import { describe, expect, it } from "vitest";
import { readMomentSearch, trackOf } from "./moment";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const HOUR = 3_600_000;

describe("the moment in the address", () => {
  it("is a time, however it was typed, and nothing else", () => {
    expect(readMomentSearch({ at: "2026-11-21T09:00:00+01:00", hours: "1" })).toEqual({
      at: "2026-11-21T08:00:00.000Z",
      hours: 1,
    });
    expect(readMomentSearch({ at: "yesterday", hours: "5" })).toEqual({});
  });
});

describe("the track", () => {
  it("ends now, and reaches as far back as was chosen", () => {
    expect(trackOf({ hours: 1 }, NOW)).toEqual({ from: NOW - HOUR, to: NOW, step: 1800 });
    expect(trackOf({ at: "2026-11-21T11:30:00Z", hours: 1 }, NOW).to).toBe(NOW);
  });

  it("lies round a moment that is further back", () => {
    const { from, to } = trackOf({ at: "2026-11-20T12:00:00Z", hours: 1 }, NOW);
    expect([from, to]).toEqual([NOW - 24.5 * HOUR, NOW - 23.5 * HOUR]);
  });

  it("has no moment of the future", () => {
    expect(trackOf({ at: "2027-01-01T00:00:00Z" }, NOW).to).toBe(NOW);
  });
});
