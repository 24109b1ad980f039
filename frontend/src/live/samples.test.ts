import { expect, it } from "vitest";
import { NamedWindow, SampleWindow } from "./samples";

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

it("takes names that come later, and keeps those that go as nothing", () => {
  const samples = new NamedWindow(100);
  samples.add(1, { cpu: 1 });
  samples.add(2, { cpu: 2, "gpu:0": 20 });
  samples.add(3, { "gpu:0": 30 });
  const { time, of } = samples.since(0);
  expect(time).toEqual([1, 2, 3]);
  expect(of("cpu")).toEqual([1, 2, null]);
  expect(of("gpu:0")).toEqual([null, 20, 30]);
  expect(of("swap")).toEqual([]);
});

it("does not grow with names that come and go", () => {
  const samples = new NamedWindow(10_000);
  for (let at = 1; at <= 1_000; at += 1) samples.add(at, { [`net:veth${at}:in`]: at });
  expect(samples.since(0).time.length).toBeLessThanOrEqual(302);
  expect(samples.since(0).of("net:veth1000:in").at(-1)).toBe(1_000);
});
