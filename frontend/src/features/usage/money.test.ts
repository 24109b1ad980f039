import { expect, it } from "vitest";
import { readUsageSearch } from "./filter";
import { cached, dollars, sent, unknownCost } from "./money";
import { budgetLines } from "./SpendChart";

it.each([
  [0, "$0.00"],
  [12.3, "$12.30"],
  [1234.567, "$1 234.57"],
  [0.0042, "$0.0042"],
  [0.00001234, "$0.000012"],
  [0.000_000_1, "< $0.000001"],
  [null, "–"],
])("writes %s dollars as %s", (value, text) => expect(dollars(value)).toBe(text));

it("says what the cost leaves out, and nothing where it is whole", () => {
  expect(unknownCost({ unpriced_calls: 2, unmetered_calls: 1 })).toBe("2 unpriced, 1 unmetered");
  expect(unknownCost({ unpriced_calls: 0, unmetered_calls: 0 })).toBeUndefined();
});

it("adds the buckets up to what was sent", () => {
  const figures = {
    calls: 1,
    input_tokens: 60,
    cache_read_tokens: 30,
    cache_write_tokens: 10,
    output_tokens: 7,
    cost: 1,
    unpriced_calls: 0,
    unmetered_calls: 0,
    failed_calls: 0,
  };
  expect(sent(figures)).toBe(100);
  expect(cached(figures)).toBe(30);
  expect(
    cached({ ...figures, input_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 }),
  ).toBeUndefined();
});

it("draws the lines of budgets for all of a day, and of no others", () => {
  const budget = {
    id: "daily",
    per: "day" as const,
    soft: 4,
    hard: 5,
    service: null,
    provider: null,
    model: null,
    spent: 1,
    unknown_calls: 0,
    state: "within" as const,
    since: "2026-11-21",
    resets_at: "2026-11-22T00:00:00Z",
  };
  const others = [
    { ...budget, per: "month" as const },
    { ...budget, service: "n8n" },
    { ...budget, model: "m" },
  ];
  expect(budgetLines([budget, ...others])).toEqual([
    { id: "daily", kind: "soft", at: 4 },
    { id: "daily", kind: "hard", at: 5 },
  ]);
});

it("reads the days from the address, whoever typed it", () => {
  expect(readUsageSearch({ days: "90" })).toEqual({ days: 90 });
  expect(readUsageSearch({ days: "31" })).toEqual({});
  expect(readUsageSearch({ days: 30 })).toEqual({});
  expect(readUsageSearch({ flag: "failed", service: 7, model: "" })).toEqual({
    flag: "failed",
    service: "7",
  });
  expect(readUsageSearch({ flag: "toString" })).toEqual({});
});
