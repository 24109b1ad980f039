import { describe, expect, it } from "vitest";
import { readRange, zoomed } from "./range";

describe("readRange", () => {
  it("takes what people may have typed, or leaves it", () => {
    expect(readRange({ range: "7d" })).toEqual({ range: "7d" });
    expect(readRange({ range: "forever" })).toEqual({});
    expect(readRange({ range: "1h" })).toEqual({});
  });

  it("takes a part only as a whole and forwards", () => {
    expect(readRange({ from: "1000", to: "2000" })).toEqual({ from: 1000, to: 2000 });
    expect(readRange({ from: "1000" })).toEqual({});
    expect(readRange({ from: "2000", to: "1000" })).toEqual({});
    expect(readRange({ from: "x", to: "2000" })).toEqual({});
  });
});

describe("zoomed", () => {
  it("keeps the span to come back to", () => {
    expect(zoomed({ range: "24h" }, [100.4, 200.2])).toEqual({ range: "24h", from: 100, to: 201 });
    expect(zoomed({ range: "24h", from: 100, to: 201 }, null)).toEqual({ range: "24h" });
  });

  it("never shows less than a few samples", () => {
    expect(readRange({ ...zoomed({}, [100, 101]) })).toEqual({ from: 100, to: 110 });
  });
});
