import { expect, it } from "vitest";
import type { SystemStats } from "@/api/types";
import { drawingsOf, metricsOf } from "./drawings";

const bare: SystemStats = {
  timestamp: "2026-11-21T08:00:00Z",
  cpu: { usage_percent: 1, count: 1, frequency: { current: null, min: null, max: null }, per_core: [1] },
  memory: { total: 200, available: 1, used: 1, percent: 1, total_gb: 0, used_gb: 0, available_gb: 0 },
  swap: null,
  disk: null,
  network: null,
  disk_traffic: null,
  disks: [],
  networks: [],
  temperatures: [],
  fans: [],
  battery: null,
  gpus: [],
};
const gpu = (index: number): SystemStats["gpus"][number] => ({
  index,
  vendor: "NVIDIA",
  name: "RTX 4090",
  uuid: null,
  driver: null,
  usage_percent: 1,
  memory_used: 1,
  memory_total: 24,
  temperature: 50,
  power: null,
  power_limit: null,
  fan: null,
  processes: [],
});
const titles = (stats: SystemStats) => drawingsOf(stats, false).map(({ title }) => title);

it("draws nothing of what is not there", () => {
  expect(titles(bare)).toEqual(["CPU", "Memory"]);
});

it("draws a GPU by what its driver tells, and tells two of one name apart", () => {
  expect(titles({ ...bare, gpus: [gpu(0)] })).toEqual(["CPU", "Memory", "GPU", "GPU memory", "Temperature"]);
  const [, , both] = drawingsOf({ ...bare, gpus: [gpu(0), gpu(1)] }, false);
  expect(both?.lines.map(({ label }) => label)).toEqual(["RTX 4090 (0)", "RTX 4090 (1)"]);
});

it("asks for no more series than the daemon answers", () => {
  const disks = Array.from({ length: 60 }, (_, index) => ({
    name: `sd${index}`,
    mount: `/mnt/${index}`,
    total: 1,
    used: 1,
    percent: 1,
    read_per_second: null,
    write_per_second: null,
  }));
  const temperatures = disks.map(({ name }) => ({ name, celsius: 40, high: null, critical: null }));
  const metrics = metricsOf(drawingsOf({ ...bare, disks, temperatures }, false));
  expect(metrics.length).toBeLessThanOrEqual(50);
  expect(metrics).toContain("temperature:sd0");
});

it("asks the daemon for nothing that only the page has heard", () => {
  const drawings = drawingsOf(bare, true);
  expect(drawings.map(({ title }) => title)).toContain("CPU per core");
  expect(metricsOf(drawings)).toEqual(["cpu", "memory"]);
});
