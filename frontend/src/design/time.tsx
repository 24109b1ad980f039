/** Times relative to now, all moved by one clock that stands still while nobody looks. */
import { useSyncExternalStore } from "react";
import { ago, exactTime } from "./format";

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

export function subscribeToClock(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    now = Date.now();
    timer = setInterval(tick, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

/** The time, epoch milliseconds, a new one every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribeToClock, () => now);
}

/** "3 min ago", with the exact local time on hover. */
export function Ago({ at }: { at: string }) {
  const moment = Date.parse(at);
  // Drawn anew when the words change, and not each second.
  const words = useSyncExternalStore(subscribeToClock, () => ago(moment, Math.max(now, moment)));
  return (
    <time dateTime={at} title={exactTime(moment)}>
      {words}
    </time>
  );
}
