/** Figures by their metric, in words. */
import { bytes, percent, rate } from "@/design/format";

const LABELS: Record<string, string> = {
  cpu: "CPU",
  memory: "Memory",
  swap: "Swap",
  disk: "Disk",
  net_in: "Network in",
  net_out: "Network out",
  disk_read: "Disk read",
  disk_write: "Disk written",
  gpu: "GPU",
  gpu_memory: "GPU memory",
};

const RATES = /^(net_|disk_|net:)/;

type Write = (value: number) => string;

/** How the figures of a metric are written. Those of a service are shares of one processor, and bytes. */
function writerOf(metric: string): Write {
  if (RATES.test(metric)) return rate;
  const last = metric.slice(metric.lastIndexOf(":") + 1);
  if (metric.startsWith("temperature:") || last === "temperature") return (value) => `${value.toFixed(0)} °C`;
  if (last === "power") return (value) => `${value.toFixed(0)} W`;
  if (last === "memory" && metric.includes(":")) return bytes;
  return percent;
}

export interface Figure {
  metric: string;
  label: string;
  words: string;
}

/** "gpu:0:temperature" → "GPU 0 temperature". */
function labelOf(metric: string): string {
  const [first = "", ...rest] = metric.split(":");
  return [LABELS[first] ?? `${first.charAt(0).toUpperCase()}${first.slice(1)}`, ...rest].join(" ");
}

/** Those of the machine as a whole first, then the others by name. */
export function figuresOf(values: Readonly<Record<string, number>>): Figure[] {
  const order = Object.keys(LABELS);
  const rank = (metric: string) => (metric in LABELS ? order.indexOf(metric) : order.length);
  return Object.entries(values)
    .toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([metric, value]) => ({ metric, label: labelOf(metric), words: writerOf(metric)(value) }));
}
