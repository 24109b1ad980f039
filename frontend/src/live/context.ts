/** How components read the live connection. */
import { createContext, type RefObject, useContext, useEffect, useSyncExternalStore } from "react";
import { subscribeToClock } from "@/design/time";
import type { LinkState, Live, Topic } from "./live";

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive needs a LiveContext above it");
  return live;
}

export function useLink(): LinkState {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.link);
}

/** Why nothing can be done right now, or null. */
export function useOffline(): string | null {
  const { phase, lostAt } = useLink();
  return phase !== "open" && lostAt !== null ? "No connection to the daemon" : null;
}

/** Seconds since the topic was heard of, once its numbers are old; null while they are fresh. */
export function useStaleness(topic: Topic): number | null {
  const live = useLive();
  return useSyncExternalStore(subscribeToClock, () => {
    const age = live.staleness(topic, Date.now());
    return age === null ? null : Math.round(age / 1000);
  });
}

/** Changes with every sample of the machine. */
export function useSystemRevision(): number {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.targets.system.revision);
}

/** Changes with every sample of the service. */
export function useServiceRevision(id: string): number {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.targets.services.get(id)?.samples.revision ?? 0);
}

/** Has the `[data-figure]` elements inside `place` show the numbers of the service, without drawing anything anew. */
export function useFigures(place: RefObject<Element | null>, id: string): void {
  const { board } = useLive();
  useEffect(() => (place.current ? board.add(place.current, id) : undefined), [board, place, id]);
}

/** Changes with every sample of the run. */
export function useRunRevision(id: string): number {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.targets.runs.get(id)?.revision ?? 0);
}
