import { describe, expect, it } from "vitest";
import { pastPath, SPARK_HEIGHT, SPARK_WIDTH, sparkPath, stepwise } from "./spark";

const span = { from: 0, to: 60_000, step: 1_000 };
const point = (second: number, value: number) => ({ at: second * 1_000, value });
const moves = (path: string) => path.match(/M/g)?.length ?? 0;

describe("pastPath", () => {
  it("places a point by its time and not by its number", () => {
    expect(pastPath([point(30, 0), point(31, 0)], span, 1)).toMatch(new RegExp(`^M${SPARK_WIDTH / 2} `));
  });

  it("lifts the pen where points are far apart, and not where one is missing", () => {
    expect(moves(pastPath([point(1, 1), point(2, 1), point(20, 1), point(21, 1)], span, 1))).toBe(2);
    expect(moves(pastPath([point(1, 1), point(3, 1)], span, 1))).toBe(1);
  });

  it("draws a point that is alone as a dot", () => {
    expect(pastPath([point(60, 0)], span, 1)).toBe(`M${SPARK_WIDTH} ${SPARK_HEIGHT - 1.5}h1`);
  });

  it("keeps small values flat, and high ones inside the box", () => {
    expect(pastPath([point(0, 1)], span, 100)).toContain(` ${SPARK_HEIGHT - 1.7}`);
    expect(pastPath([point(0, 500)], span, 100)).toContain(" 1.5");
  });

  it("draws nothing of nothing", () => {
    expect(pastPath([], span, 0)).toBe("");
  });
});

describe("sparkPath", () => {
  it("lifts the pen at a null and ends at the right edge", () => {
    const path = sparkPath([1, null, 1]);
    expect(moves(path)).toBe(2);
    expect(path).toMatch(new RegExp(`M${SPARK_WIDTH} [\\d.]+$`));
  });
});

describe("stepwise", () => {
  const steps = { from: 500, to: 6_500, step: 1_000 };

  it("has a value for each step, also for one that came late", () => {
    expect(stepwise([point(1, 10), point(2, 20), point(4, 40)], steps, Number.POSITIVE_INFINITY)).toEqual([
      10, 20, 20, 40, 40, 40,
    ]);
  });

  it("has nothing before the first and in a gap", () => {
    expect(stepwise([point(2, 20)], steps, Number.POSITIVE_INFINITY)).toEqual([null, 20, 20, 20, null, null]);
  });

  it("ends where it is told to", () => {
    expect(stepwise([point(1, 10), point(2, 20), point(3, 30)], steps, 2_500)).toEqual([10, 20]);
  });
});
