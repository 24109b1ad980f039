/** Which charts a machine has: only of what is there. */
import type { SystemStats } from "@/api/types";
import { bytes, celsius, percent, rate, watts } from "@/design/format";

export interface LineOf {
  /** Its series in the history. */
  metric: string;
  label: string;
  /** From its unit in the history to that of the chart. */
  factor?: number;
  filled?: boolean;
}

export interface Drawing {
  title: string;
  format: (value: number | null) => string;
  /** Top of the scale, where there is one. */
  most?: number;
  /** The history has none of it: it reaches back as far as this page has heard. */
  heardOnly?: true;
  lines: LineOf[];
}

/** Of each core only over the last minutes. */
export function drawingsOf(stats: SystemStats, cores: boolean): Drawing[] {
  const { cpu, memory, swap, network, disk_traffic, disks, temperatures, gpus } = stats;
  const drawings: (Drawing | null)[] = [
    {
      title: "CPU",
      format: percent,
      most: 100,
      lines: [{ metric: "cpu", label: "All cores", filled: true }],
    },
    cores
      ? {
          title: "CPU per core",
          format: percent,
          most: 100,
          heardOnly: true,
          lines: cpu.per_core.map((_, core) => ({ metric: `core:${core}`, label: `Core ${core}` })),
        }
      : null,
    {
      title: "Memory",
      format: bytes,
      most: Math.max(memory.total, swap?.total ?? 0),
      lines: [
        { metric: "memory", label: "Used", factor: memory.total / 100, filled: true },
        ...(swap ? [{ metric: "swap", label: "Swap", factor: swap.total / 100 }] : []),
      ],
    },
    network && {
      title: "Network",
      format: rate,
      lines: [
        { metric: "net_in", label: "Received", filled: true },
        { metric: "net_out", label: "Sent" },
      ],
    },
    disk_traffic && {
      title: "Disk traffic",
      format: rate,
      lines: [
        { metric: "disk_read", label: "Read", filled: true },
        { metric: "disk_write", label: "Written" },
      ],
    },
    ofEach(disks, "Disk space", percent, 100, ({ name, mount }) => ({
      metric: `disk:${name}`,
      label: mount,
    })),
    ofEach(gpus, "GPU", percent, 100, (gpu) => ({ metric: `gpu:${gpu.index}`, label: gpuName(gpu, gpus) })),
    ofEach(gpus, "GPU memory", bytes, memoryOf(gpus), (gpu) => ({
      metric: `gpu:${gpu.index}:memory`,
      label: gpuName(gpu, gpus),
    })),
    ofEach(
      gpus.filter(({ power }) => power !== null),
      "GPU power",
      watts,
      undefined,
      (gpu) => ({ metric: `gpu:${gpu.index}:power`, label: gpuName(gpu, gpus) }),
    ),
    temperatureDrawing(temperatures, gpus),
  ];
  return drawings.filter((one) => one !== null);
}

/** The daemon answers so many series at once, and more lines in one chart nobody can tell apart. */
const MOST_SERIES = 50;
const MOST_LINES = 12;

export function metricsOf(drawings: readonly Drawing[]): string[] {
  const kept = drawings.filter(({ heardOnly }) => !heardOnly);
  return kept.flatMap(({ lines }) => lines.map(({ metric }) => metric)).slice(0, MOST_SERIES);
}

function ofEach<Device>(
  devices: readonly Device[],
  title: string,
  format: Drawing["format"],
  most: number | undefined,
  line: (device: Device) => LineOf,
): Drawing | null {
  if (devices.length === 0) return null;
  return {
    title,
    format,
    lines: devices.slice(0, MOST_LINES).map(line),
    ...(most === undefined ? {} : { most }),
  };
}

type Gpus = SystemStats["gpus"];

const memoryOf = (gpus: Gpus) => Math.max(...gpus.map(({ memory_total }) => memory_total ?? 0)) || undefined;

/** Its number too, where there are several. */
const gpuName = ({ index, name }: Gpus[number], gpus: Gpus) =>
  gpus.length > 1 ? `${name} (${index})` : name;

function temperatureDrawing(temperatures: SystemStats["temperatures"], gpus: Gpus): Drawing | null {
  const lines = [
    ...gpus
      .filter(({ temperature }) => temperature !== null)
      .map((gpu) => ({ metric: `gpu:${gpu.index}:temperature`, label: gpuName(gpu, gpus) })),
    ...temperatures.map(({ name }) => ({ metric: `temperature:${name}`, label: name })),
  ];
  return ofEach(lines, "Temperature", celsius, undefined, (line) => line);
}
