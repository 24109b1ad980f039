/** The figures of one sample of the machine, under the names that its history has for them. */
import type { SystemStats } from "@/api/types";

/** Percent, bytes a second, °C or watts, as the history has them; and of each core, which it has not. */
export function machineFigures(stats: SystemStats): Record<string, number | null> {
  const { cpu, memory, swap, disk, network, disk_traffic: traffic, disks, networks } = stats;
  return {
    cpu: cpu.usage_percent,
    memory: memory.percent,
    swap: swap?.percent ?? null,
    disk: disk?.percent ?? null,
    net_in: network?.received_per_second ?? null,
    net_out: network?.sent_per_second ?? null,
    disk_read: traffic?.read_per_second ?? null,
    disk_write: traffic?.write_per_second ?? null,
    ...named(disks, ({ name, percent }) => [[`disk:${name}`, percent]]),
    ...named(networks, ({ name, in_per_second, out_per_second }) => [
      [`net:${name}:in`, in_per_second],
      [`net:${name}:out`, out_per_second],
    ]),
    ...named(stats.temperatures, ({ name, celsius }) => [[`temperature:${name}`, celsius]]),
    ...named(stats.gpus, ({ index, usage_percent, memory_used, temperature, power }) => [
      [`gpu:${index}`, usage_percent],
      [`gpu:${index}:memory`, memory_used],
      [`gpu:${index}:temperature`, temperature],
      [`gpu:${index}:power`, power],
    ]),
    ...Object.fromEntries(cpu.per_core.map((share, core) => [`core:${core}`, share])),
  };
}

function named<Device>(
  devices: readonly Device[],
  figures: (device: Device) => [string, number | null][],
): Record<string, number | null> {
  return Object.fromEntries(devices.flatMap(figures));
}
