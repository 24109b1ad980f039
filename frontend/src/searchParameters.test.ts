import { describe, expect, it } from "vitest";
import { readRange } from "./features/system/history/range";
import { stringifySearch, understood } from "./searchParameters";

describe("what a place understands of an address", () => {
  // As the router does it: what is read is laid over what was given.
  const opened = (given: Record<string, unknown>) => ({ ...given, ...understood(readRange)(given) });

  it("is kept", () => {
    expect(stringifySearch(opened({ range: "24h" }))).toBe("?range=24h");
  });

  it("is all that is left of it", () => {
    expect(opened({ range: "6h", nonsense: "1" })).toEqual({});
    expect(stringifySearch(opened({ range: "6h", nonsense: "1" }))).toBe("");
  });
});
