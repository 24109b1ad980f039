/** What happened to one thing, newest first, live; older pages are asked for. */
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Event } from "@/api/types";
import { NextPage } from "@/design/NextPage";
import { Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import classes from "./EventList.module.css";

interface EventListProps {
  found: UseInfiniteQueryResult<{ pages: { events: Event[] }[] }>;
  /** Those that are shown; all where it is not given. */
  only?: (event: Event) => boolean;
  nothing: ReactNode;
  line: (event: Event) => ReactNode;
}

export function EventList({ found, only = () => true, nothing, line }: EventListProps) {
  const { data, error, refetch } = found;
  const offline = useOffline() !== null;
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={4} height={36} />
    );
  const events = data.pages.flatMap((page) => page.events).filter(only);
  if (events.length === 0) return nothing;
  return (
    <div className={offline ? "stale" : undefined}>
      <ol className={`panel ${classes.events}`}>{events.map(line)}</ol>
      <NextPage of={found}>Older events</NextPage>
    </div>
  );
}
