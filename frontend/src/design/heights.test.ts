import { describe, expect, it } from "vitest";
import { forgetGone } from "./heights";

describe("heights of a list whose rows come and go", () => {
  it("are kept for the rows that are there, and of the others for a bounded number", () => {
    const heights = new Map<number | bigint | string, number>();
    let most = 0;
    for (let first = 0; first < 5_000; first += 10) {
      const rows = {
        itemSizeCache: heights,
        options: { count: 300, getItemKey: (row: number) => first + row },
      };
      for (let row = 0; row < 300; row += 1) heights.set(first + row, 40 + row);
      forgetGone(rows);
      most = Math.max(most, heights.size);
      expect([heights.get(first), heights.get(first + 299)]).toEqual([40, 339]);
    }
    expect(most).toBe(700);
  });

  it("of a list that only grew are all kept", () => {
    const heights = new Map(Array.from({ length: 500 }, (_, row) => [row, 40]));
    forgetGone({ itemSizeCache: heights, options: { count: 500, getItemKey: (row) => row } });
    expect(heights.size).toBe(500);
  });
});
