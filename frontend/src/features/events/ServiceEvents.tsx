/** What happened to one service, newest first, live. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { eventsQuery } from "@/api/queries/events";
import type { Event } from "@/api/types";
import { Empty } from "@/design/states";
import { Ago } from "@/design/time";
import { EventList } from "./EventList";
import classes from "./ServiceEvents.module.css";
import { payloadWords } from "./words";

export default function ServiceEvents({ serviceId }: { serviceId: string }) {
  const found = useInfiniteQuery(eventsQuery("supervisor", serviceId));
  const nothing = (
    <Empty title="Nothing has happened yet">Every start, stop, crash and restart is told here.</Empty>
  );
  return (
    <EventList found={found} nothing={nothing} line={(event) => <Line key={event.seq} event={event} />} />
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
