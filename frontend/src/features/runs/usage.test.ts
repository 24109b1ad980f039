import { expect, it } from "vitest";
import { SampleWindow } from "@/live/samples";
import { joined } from "./usage";

const past = { run_id: "run_1", at: [100, 102, 104], cpu_percent: [1, 2, 3], memory_bytes: [10, 20, 30] };

it("goes on where the file of the past ends, and tells nothing twice", () => {
  const live = new SampleWindow(100);
  for (const [at, cpu] of [
    [102.1, 2],
    [104.1, 3],
    [106.1, 4],
  ] as const)
    live.add(at, [cpu, cpu * 10]);
  expect(joined(past, live)).toEqual({
    time: [100, 102, 104, 106.1],
    cpu: [1, 2, 3, 4],
    memory: [10, 20, 30, 40],
  });
});

it("draws no line through a pause", () => {
  const usage = joined({ ...past, at: [100, 102, 104, 150], cpu_percent: [1, 2, 3, 4] }, undefined);
  expect(usage.time).toEqual([100, 102, 104, 105, 150]);
  expect(usage.cpu).toEqual([1, 2, 3, null, 4]);
});

it("has nothing of a run that nobody looked at", () => {
  expect(joined({ run_id: "run_1", at: [], cpu_percent: [], memory_bytes: [] }, undefined).time).toEqual([]);
});
