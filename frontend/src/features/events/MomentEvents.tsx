/** The events round a moment; one of them can be opened. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Event } from "@/api/types";
import { EventRow } from "./EventRow";
import { useNames } from "./subjects";

export function MomentEvents({ events }: { events: readonly Event[] }) {
  const [open, setOpen] = useState<number | null>(null);
  const navigate = useNavigate();
  const names = useNames();
  return (
    <div className="panel" role="feed" aria-label="Events round it">
      {events.map((event, index) => (
        <EventRow
          key={event.seq}
          event={event}
          names={names}
          place={index + 1}
          sought={false}
          open={open === event.seq}
          toggle={() => setOpen(open === event.seq ? null : event.seq)}
          change={({ area, type, subject, actor, cause }) =>
            void navigate({
              to: "/events",
              search: {
                ...(area ? { area } : {}),
                ...(type ? { type } : {}),
                ...(subject ? { subject } : {}),
                ...(actor ? { actor } : {}),
                ...(cause ? { cause } : {}),
              },
            })
          }
        />
      ))}
    </div>
  );
}
