/** The past of some series over the range that is chosen, and on from there as the page hears it. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { pastQuery } from "@/api/queries/system";
import type { Range } from "@/design/Chart";
import { type Columns, columnsOf, followed, type Heard } from "./columns";
import { type RangeSearch, SPANS, USUAL } from "./range";

export interface Past {
  /** What the charts show: of now back, or the part that was drawn over. */
  range: Range;
  columns: Columns;
  /** Until the first answer. */
  waiting: boolean;
  error: unknown;
  retry: () => void;
}

/** `heard` since a time (epoch seconds); what is over hears nothing more. */
export function usePast(
  metrics: readonly string[],
  search: RangeSearch,
  heard: (since: number) => Heard,
): Past {
  const { seconds } = SPANS[search.range ?? USUAL];
  const part = partOf(search);
  const { data, error, refetch } = useQuery(
    pastQuery(metrics, part ? { from: isoTime(part[0]), to: isoTime(part[1]) } : { seconds }),
  );
  const past = useMemo(() => columnsOf(data ?? []), [data]);
  const now = Date.now() / 1000;
  const columns = part ? past : followed(past, heard(now - seconds));
  return {
    range: part ?? [now - seconds, now],
    columns,
    waiting: data === undefined && error === null,
    error: data === undefined ? error : null,
    retry: () => void refetch(),
  };
}

export function partOf({ from, to }: RangeSearch): Range | null {
  return from === undefined || to === undefined ? null : [from, to];
}

const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString();
