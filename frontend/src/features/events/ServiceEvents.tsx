/** What happened to one service, newest first, live. */
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { eventsQuery } from "@/api/queries";
import type { Event } from "@/api/types";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import classes from "./ServiceEvents.module.css";
import { payloadWords } from "./words";

export default function ServiceEvents({ serviceId }: { serviceId: string }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    eventsQuery(serviceId),
  );
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={5} height={36} />
    );
  const events = data.pages.flatMap((page) => page.events);
  if (events.length === 0) {
    return <Empty title="Nothing has happened yet">Every start, stop, crash and restart is told here.</Empty>;
  }
  return (
    <>
      <ol className={`panel ${classes.events}`}>
        {events.map((event) => (
          <Line key={event.seq} event={event} />
        ))}
      </ol>
      {hasNextPage && (
        <Button
          className={classes.more as string}
          variant="default"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Older events
        </Button>
      )}
    </>
  );
}

function Line({ event }: { event: Event }) {
  return (
    <li className={classes.event}>
      <span className={classes.when}>
        <Ago at={event.at} />
      </span>
      <span className={classes.what}>{event.type.slice(event.type.indexOf(".") + 1)}</span>
      <span className={classes.why}>{payloadWords(event.payload)}</span>
      <span className={classes.who}>by {event.actor}</span>
    </li>
  );
}
