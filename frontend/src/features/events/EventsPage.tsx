/** Everything that happened: one journal, the newest first, live at its top. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { LinkButton } from "@/design/LinkButton";
import { BundleButton } from "@/features/incidents/BundleDialog";
import { withChanges } from "@/searchParameters";
import { useKeys } from "@/shell/keys";
import classes from "./EventsPage.module.css";
import { type Changes, JournalFilters } from "./JournalFilters";
import { JournalList } from "./JournalList";

export default function EventsPage() {
  const search = useSearch({ from: "/events" });
  const navigate = useNavigate({ from: "/events" });
  const input = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "Search the events", run: () => input.current?.focus() }]);
  // Another part of the journal has another beginning.
  const change = (changes: Changes) =>
    void navigate({ search: (now) => withChanges(now, { seq: undefined, ...changes }), replace: true });
  return (
    <div className={`page ${classes.page}`}>
      <div className="page-head">
        <h1>Events</h1>
        <div className="grow" />
        <BundleButton />
        <LinkButton to="/events/moment" variant="default">
          Go back in time
        </LinkButton>
      </div>
      <JournalFilters search={search} change={change} input={input} />
      <JournalList key={JSON.stringify(search)} search={search} change={change} />
    </div>
  );
}
