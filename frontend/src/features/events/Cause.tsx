/** The event that led to another one, in words, as a link to its place in the journal. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { eventQuery } from "@/api/queries/events";
import { phraseOf } from "./phrases";
import { type Names, Subject } from "./subjects";

export function Cause({ id, names }: { id: string; names: Names }) {
  const { data: event, isError } = useQuery(eventQuery(id));
  if (isError) return "an event that is no longer kept";
  if (!event) return "…";
  return (
    <>
      <Subject event={event} names={names} />{" "}
      <Link to="/events" search={{ seq: event.seq }} title={event.type}>
        {phraseOf(event).words}
      </Link>
    </>
  );
}
