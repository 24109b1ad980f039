/** Has the small lines of services begin with what was before the page heard of them. */
import { useEffect, useState } from "react";
import type { Span } from "@/api/queries/system";
import type { ServiceView } from "@/api/types";
import { SPARK_SAMPLES } from "@/design/spark";
import { useSeries } from "@/features/system/history/useSeries";
import { useLive } from "@/live/context";
import { cpuOf } from "./metrics";

/** Seconds from sample to sample. */
const TICK = 2;
/** The points stand at whole ticks, so that those at both ends may be parts of one. */
const POINTS = SPARK_SAMPLES + 2;

export function useEarlier(services: readonly ServiceView[]): void {
  const { board } = useLive();
  const [span] = useState(untilNow);
  const past = useSeries(
    services.map(({ id }) => cpuOf(id)),
    span,
    POINTS,
  );
  const ids = services.map(({ id }) => id).join("\n");
  useEffect(() => {
    const known = ids.split("\n").flatMap((id) => {
      const chart = past.get(cpuOf(id));
      return chart ? [[id, chart] as const] : [];
    });
    board.begin(new Map(known));
  }, [board, past, ids]);
}

/** As long as a line reaches back. */
function untilNow(): Span {
  const now = Date.now();
  return { from: new Date(now - SPARK_SAMPLES * TICK * 1000).toISOString(), to: new Date(now).toISOString() };
}
