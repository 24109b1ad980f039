import { describe, expect, it } from "vitest";
import type { Chart } from "@/api/types";
import { columnIn, columnsOf, followed, scaled } from "./columns";

/** Points at these seconds, each with its second as its mean. */
const chart = (metric: string, seconds: number[], step = 10): Chart => ({
  metric,
  unit: "percent",
  step,
  from: "1970-01-01T00:00:00Z",
  to: "1970-01-01T01:00:00Z",
  points: seconds.map((second) => ({
    at: new Date(second * 1000).toISOString(),
    min: second - 1,
    avg: second,
    max: second + 1,
  })),
});
const heardOf = (time: number[], values: Record<string, (number | null)[]>) => ({
  time,
  of: (metric: string) => values[metric] ?? [],
});

describe("columnsOf", () => {
  it("keeps the least and the most of each point", () => {
    const { time, series } = columnsOf([chart("cpu", [10, 20])]);
    expect(time).toEqual([10, 20]);
    expect(series.get("cpu")).toEqual({ values: [10, 20], low: [9, 19], high: [11, 21] });
  });

  it("puts nothing into a silence, also where another series has points", () => {
    const columns = columnsOf([chart("a", [10, 20, 60, 70]), chart("b", [10, 20, 30, 40, 50, 60, 70])]);
    expect(columns.time).toEqual([10, 20, 30, 40, 50, 60, 70]);
    expect(columnIn(columns, "a").values).toEqual([10, 20, null, null, null, 60, 70]);
    expect(columnIn(columns, "b").values).toEqual([10, 20, 30, 40, 50, 60, 70]);
  });

  it("does not take one missing point for a silence", () => {
    const columns = columnsOf([chart("a", [10, 30]), chart("b", [10, 20, 30])]);
    expect(columnIn(columns, "a").values).toEqual([10, undefined, 30]);
  });

  it("knows nothing of a series that was not asked for", () => {
    expect(columnIn(columnsOf([]), "gpu:0").values).toEqual([]);
  });
});

describe("followed", () => {
  const past = columnsOf([chart("cpu", [10, 20]), chart("disk", [10, 20])]);

  it("adds what was heard since, and nothing twice", () => {
    const columns = followed(past, heardOf([18, 20, 22], { cpu: [1, 2, 3] }));
    expect(columns.time).toEqual([10, 20, 22]);
    expect(columnIn(columns, "cpu")).toEqual({ values: [10, 20, 3], low: [9, 19, 3], high: [11, 21, 3] });
  });

  it("neither ends nor breaks the line of what is not heard of", () => {
    const columns = followed(past, heardOf([22], { cpu: [3] }));
    expect(columnIn(columns, "disk").values).toEqual([10, 20, undefined]);
  });

  it("keeps a gap that was heard", () => {
    const columns = followed(past, heardOf([22, 24], { cpu: [null, 4] }));
    expect(columnIn(columns, "cpu").values).toEqual([10, 20, null, 4]);
  });
});

it("scales values, and leaves gaps as they are", () => {
  expect(scaled({ values: [50, null], low: [25, undefined], high: [100, null] }, 2)).toEqual({
    values: [100, null],
    low: [50, undefined],
    high: [200, null],
  });
});
