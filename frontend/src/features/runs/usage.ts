/** What a run used, out of two sources: the file of its past, and what the socket has told since. */
import type { RunUsage } from "@/api/types";
import { RUN_COLUMNS } from "@/live/runs";
import type { SampleWindow } from "@/live/samples";

export interface Usage {
  /** Seconds since the epoch. */
  time: number[];
  cpu: (number | null)[];
  memory: (number | null)[];
}

/** A pause so much longer than usual is a gap, through which no line is drawn. */
const UNUSUAL = 4;

export function joined(past: RunUsage, live: SampleWindow | undefined): Usage {
  const usage: Usage = { time: [...past.at], cpu: [...past.cpu_percent], memory: [...past.memory_bytes] };
  // A moment later: both tell of the same look at slightly different times.
  const { time, values } = live?.since((past.at.at(-1) ?? 0) + 1) ?? { time: [], values: [] };
  usage.time.push(...time);
  usage.cpu.push(...(values[RUN_COLUMNS.cpu] ?? []));
  usage.memory.push(...(values[RUN_COLUMNS.memory] ?? []));
  return withGaps(usage);
}

/** With nothing in each pause: between two attempts, or while no daemon was there to look. */
function withGaps({ time, cpu, memory }: Usage): Usage {
  const pauses = time.slice(1).map((at, index) => at - (time[index] ?? at));
  const usual = [...pauses].sort((a, b) => a - b)[pauses.length >> 1] ?? 0;
  const parted: Usage = { time: [], cpu: [], memory: [] };
  for (const [index, at] of time.entries()) {
    const before = time[index - 1];
    if (before !== undefined && at - before > UNUSUAL * usual) add(parted, before + usual / 2, null, null);
    add(parted, at, cpu[index] ?? null, memory[index] ?? null);
  }
  return parted;
}

function add(usage: Usage, at: number, cpu: number | null, memory: number | null): void {
  usage.time.push(at);
  usage.cpu.push(cpu);
  usage.memory.push(memory);
}
