/** The past of many series, for small lines: asked for in few requests. */
import { useQueries } from "@tanstack/react-query";
import { useCallback } from "react";
import { pastQuery, type Span } from "@/api/queries/system";
import type { Chart } from "@/api/types";

const HOUR = { seconds: 3600 };
const POINTS = 60;
/** The daemon answers so many series at once. */
const AT_ONCE = 50;

/** The last hour of each, anew once a minute. */
export function useLastHour(metrics: readonly string[]): ReadonlyMap<string, Chart> {
  return useSeries(metrics, HOUR, POINTS);
}

/** By their names; what is not known yet is not in it. */
export function useSeries(
  metrics: readonly string[],
  span: Span,
  points: number,
): ReadonlyMap<string, Chart> {
  const parts: string[][] = [];
  for (let from = 0; from < metrics.length; from += AT_ONCE) parts.push(metrics.slice(from, from + AT_ONCE));
  return useQueries({
    queries: parts.map((part) => pastQuery(part, span, points)),
    combine: useCallback(byName, []),
  });
}

function byName(answers: readonly { data: Chart[] | undefined }[]): ReadonlyMap<string, Chart> {
  return new Map(answers.flatMap(({ data }) => data ?? []).map((chart) => [chart.metric, chart]));
}
