import { describe, expect, it } from "vitest";
import { figuresOf } from "./figures";

const words = (values: Record<string, number>) =>
  figuresOf(values).map((one) => `${one.label}: ${one.words}`);

describe("figures in words", () => {
  it("have the units of their metrics", () => {
    expect(
      words({
        cpu: 12.34,
        net_in: 2_000,
        "net:eth0:out": 3_000,
        disk: 81,
        "gpu:0:memory": 4_000_000_000,
        "gpu:0:temperature": 71.6,
        "gpu:0:power": 180,
        gpu_memory: 50,
        "temperature:cpu": 55,
      }),
    ).toEqual([
      "CPU: 12.3 %",
      "Disk: 81.0 %",
      "Network in: 2.0 kB/s",
      "GPU memory: 50.0 %",
      "GPU 0 memory: 4.0 GB",
      "GPU 0 power: 180 W",
      "GPU 0 temperature: 72 °C",
      "Net eth0 out: 3.0 kB/s",
      "Temperature cpu: 55 °C",
    ]);
  });
});
