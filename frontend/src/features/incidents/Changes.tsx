/** What else had changed before a crash, each as a link to its event. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { servicesQuery } from "@/api/queries/supervisor";
import type { Crash } from "@/api/types";
import { count } from "@/design/format";
import { Ago } from "@/design/time";
import classes from "./Crash.module.css";

export function Changes({ changes }: { changes: Crash["changes"] }) {
  const services = useQuery(servicesQuery).data?.services ?? [];
  const names = new Map(services.map(({ id, name }) => [id, name]));
  if (changes.length === 0) return <p className="muted">Nothing.</p>;
  return (
    <ul className={classes.changes}>
      {changes.map(({ event_seq, what, subject, at, times }) => (
        <li key={event_seq}>
          <Link to="/events" search={{ seq: event_seq }}>
            {subject === null ? what.slice(0, what.indexOf(".")) : (names.get(subject) ?? subject)}{" "}
            {what.slice(what.indexOf(".") + 1).replaceAll("_", " ")}
          </Link>
          {times > 1 && ` ${count(times)} times`}{" "}
          <span className="muted small">
            <Ago at={at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
