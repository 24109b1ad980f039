import { expect, it } from "vitest";
import { otherMonth, readCalendarSearch, spanOf, spanWords, today } from "./span";

it("shows whole weeks, from Monday on", () => {
  expect(spanOf("2026-11-21", "week")).toEqual({ from: "2026-11-16", days: 7 });
  expect(spanOf("2026-11-16", "week")).toEqual({ from: "2026-11-16", days: 7 });
  expect(spanOf("2026-11-21", "month")).toEqual({ from: "2026-10-26", days: 42 });
  expect(spanOf("2027-02-28", "month")).toEqual({ from: "2027-02-01", days: 28 });
});

it("goes to the same day of another month, or its last", () => {
  expect(otherMonth("2028-01-31", 1)).toBe("2028-02-29");
  expect(otherMonth("2026-01-15", -1)).toBe("2025-12-15");
});

it("believes no address that names no day", () => {
  expect(readCalendarSearch({ span: "year", day: "2026-02-30" })).toEqual({});
  expect(readCalendarSearch({ span: "week", day: "2028-02-29" })).toEqual({
    span: "week",
    day: "2028-02-29",
  });
});

it("names what is shown", () => {
  expect(spanWords("2026-12-30", "month")).toBe("December 2026");
  expect(spanWords("2026-12-30", "week")).toBe("28 Dec – 3 Jan 2027");
  expect(today(new Date(2026, 10, 1, 0, 30))).toBe("2026-11-01");
});
