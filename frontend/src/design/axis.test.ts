import { describe, expect, it } from "vitest";
import { pointTime, tickWords } from "./axis";

const at = (...parts: [number, number, number, number?, number?, number?]) =>
  new Date(...parts).getTime() / 1000;
const DAY = 86_400;

describe("tickWords", () => {
  it("says seconds only where a tick is not at a whole minute", () => {
    const ticks = [at(2026, 10, 21, 8, 0, 0), at(2026, 10, 21, 8, 0, 30)];
    expect(tickWords(ticks, 300)).toEqual(["08:00", "08:00:30"]);
  });

  it("says the day where one begins", () => {
    const ticks = [at(2026, 10, 21, 18), at(2026, 10, 22, 0), at(2026, 10, 22, 6)];
    expect(tickWords(ticks, DAY)).toEqual(["18:00", "22 Nov", "06:00"]);
  });

  it("says days in a month and months in a year", () => {
    expect(tickWords([at(2026, 10, 3)], 30 * DAY)).toEqual(["3 Nov"]);
    expect(tickWords([at(2026, 10, 3)], 365 * DAY)).toEqual(["Nov 2026"]);
  });
});

describe("pointTime", () => {
  it("is as exact as the span is short", () => {
    const point = at(2026, 10, 21, 8, 5, 9);
    expect(pointTime(point, 300)).toBe("08:05:09");
    expect(pointTime(point, DAY)).toBe("08:05");
    expect(pointTime(point, 7 * DAY)).toBe("2026-11-21 08:05");
  });
});
