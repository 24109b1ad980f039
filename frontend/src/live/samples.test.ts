import { expect, it } from "vitest";
import { SampleWindow } from "./samples";

it("keeps the newest samples and forgets the rest", () => {
  const samples = new SampleWindow(100);
  for (let at = 1; at <= 300; at += 1) samples.add(at, [at]);
  expect(samples.length).toBeLessThanOrEqual(110);
  expect(samples.tail(0, 2)).toEqual([299, 300]);
  expect(samples.since(299)).toEqual({ time: [299, 300], values: [[299, 300]] });
});

it("keeps a pause as a gap", () => {
  const samples = new SampleWindow(100);
  samples.add(1, [5]);
  samples.add(60, [6]);
  expect(samples.since(0).values).toEqual([[5, null, 6]]);
});

it("takes nothing twice and nothing backwards", () => {
  const samples = new SampleWindow(100);
  samples.add(2, [1]);
  samples.add(2, [2]);
  samples.add(1, [3]);
  expect(samples.since(0)).toEqual({ time: [2], values: [[1]] });
});

it("starts afresh when the columns are others", () => {
  const samples = new SampleWindow(100);
  samples.add(1, [1]);
  samples.add(2, [1, 2]);
  expect(samples.since(0)).toEqual({ time: [2], values: [[1], [2]] });
});
