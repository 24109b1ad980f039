import { describe, expect, it } from "vitest";
import { bySeverity, isQuiet, isSilenced, type Severity, valueWords } from "./words";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("values", () => {
  it.each([
    [{ value: 84.62, unit: "celsius" }, "84.6 °C"],
    [{ value: 2_000_000, unit: "bytes_per_second" }, "2.0 MB/s"],
    [{ value: 600, unit: "seconds" }, "10m 00s"],
    [{ value: 4.5, unit: "dollars" }, "$4.50"],
    [{ value: 3, unit: "count" }, "3"],
    [{ value: null, unit: "percent" }, ""],
    [{ value: 3, unit: null }, "3"],
  ] as const)("%j are %s", (value, words) => {
    expect(valueWords(value)).toBe(words);
  });
});

describe("who is told", () => {
  it("is nobody until the silence ends", () => {
    expect(isSilenced({ silenced_until: "2026-11-21T12:00:01Z" }, NOW)).toBe(true);
    expect(isSilenced({ silenced_until: "2026-11-21T12:00:00Z" }, NOW)).toBe(false);
    expect(isSilenced({ silenced_until: null }, NOW)).toBe(false);
  });

  it("is nobody during maintenance", () => {
    const quiet = { silenced_until: null, silenced_by: null, maintenance: "backup" };
    expect(isQuiet(quiet, NOW)).toBe(true);
    expect(isQuiet({ ...quiet, maintenance: null }, NOW)).toBe(false);
  });
});

it("puts the most urgent first", () => {
  const all: { severity: Severity }[] = [
    { severity: "info" },
    { severity: "critical" },
    { severity: "warning" },
  ];
  expect(all.toSorted(bySeverity).map(({ severity }) => severity)).toEqual(["critical", "warning", "info"]);
});
