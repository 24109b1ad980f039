/** What a list of probes and a check say, in words and numbers. */
import type { HealthCheck, Probe } from "@/api/types";
import { duration, latency } from "@/design/format";

const every = (seconds: number) => (seconds < 60 ? `${seconds} s` : duration(seconds));

const ASKS: Record<HealthCheck["kind"], (target: string) => string> = {
  http: (target) => `asks ${target} for an answer below 400`,
  tcp: (target) => `connects to ${target}`,
  command: (target) => `runs ${target} and wants exit code 0`,
  log_line: (target) => `looks for ${target} in the log`,
};

const times = (amount: number, what: string) =>
  amount === 1 ? `one ${what} answer` : `${amount} ${what} answers in a row`;

export function checkWords(check: HealthCheck): string {
  const { kind, target, interval, timeout, failures, successes, restart } = check;
  const asks = `Every ${every(interval)} it ${ASKS[kind](target)}, within ${every(timeout)}.`;
  const turns = `Unhealthy after ${times(failures, "bad")}, healthy after ${times(successes, "good")}.`;
  return `${asks} ${turns} ${restart ? "Unhealthy after it was healthy, it is restarted." : "It is never restarted for it."}`;
}

export interface Summary {
  good: number;
  all: number;
  /** Seconds; null while no probe was answered well. */
  median: number | null;
  slowest: number | null;
}

/** Latencies are those of good answers: a bad one has only waited. */
export function summary(probes: readonly Probe[]): Summary {
  const seconds = probes
    .filter(({ ok }) => ok)
    .map((probe) => probe.seconds)
    .sort((a, b) => a - b);
  return {
    good: seconds.length,
    all: probes.length,
    median: seconds[Math.floor((seconds.length - 1) / 2)] ?? null,
    slowest: seconds.at(-1) ?? null,
  };
}

/** Height of a bar from 0 to 1: by the logarithm, so that 5 ms and 500 ms can both be read. */
export function barHeight({ ok, seconds }: Probe): number {
  if (!ok) return 1;
  const share = Math.log10(Math.max(seconds, 0.001) * 1000) / 4;
  return Math.min(0.9, Math.max(0.12, share));
}

export function probeWords({ ok, seconds, trouble }: Probe): string {
  return ok ? `well, ${latency(seconds)}` : `${trouble ?? "not well"}, ${latency(seconds)}`;
}
