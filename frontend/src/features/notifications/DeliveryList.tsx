/** Messages, the newest first: those that wait, and what became of the others. */
import { Button, NativeSelect } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { deliveriesQuery } from "@/api/queries/notifications";
import type { Delivery } from "@/api/types";
import { NextPage } from "@/design/NextPage";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago, useNow } from "@/design/time";
import { until } from "@/features/schedules/words";
import { useOffline } from "@/live/context";
import { withChanges } from "@/searchParameters";
import type { DeliverySearch } from "./filter";
import classes from "./Notifications.module.css";
import { STATES } from "./words";

export function DeliveryList() {
  const search = useSearch({ from: "/alerts/notifications" });
  const navigate = useNavigate({ from: "/alerts/notifications" });
  const found = useInfiniteQuery(deliveriesQuery(search));
  const { data, error, refetch, isPlaceholderData } = found;
  const offline = useOffline() !== null;
  const deliveries = data?.pages.flatMap((page) => page.deliveries);
  return (
    <>
      <div className={classes.tools}>
        <h2 className={classes.heading}>Messages</h2>
        <div className="grow" />
        <NativeSelect
          size="xs"
          aria-label="State"
          value={search.state ?? ""}
          onChange={(event) => {
            const state = (event.currentTarget.value || undefined) as DeliverySearch["state"];
            void navigate({ search: (now) => withChanges(now, { state }), replace: true });
          }}
          data={[
            { value: "", label: "All states" },
            ...Object.entries(STATES).map(([value, label]) => ({ value, label })),
          ]}
        />
      </div>
      {deliveries ? (
        <div className={offline || isPlaceholderData ? "stale" : undefined}>
          {deliveries.length === 0 ? (
            <Empty title={search.state ? `No message is ${STATES[search.state]}` : "No message yet"}>
              What is sent to a target is listed here, with what became of it.
            </Empty>
          ) : (
            <ul className={`panel ${classes.rows}`}>
              {deliveries.map((one) => (
                <DeliveryRow key={one.id} delivery={one} />
              ))}
            </ul>
          )}
        </div>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={4} height={48} />
      )}
      <NextPage of={found}>Older messages</NextPage>
    </>
  );
}

const MARKS: Record<Delivery["state"], string> = { waiting: "…", sent: "✓", failed: "✕", dropped: "–" };

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const { state, title, body, target, at, attempts, error, due_at, seq } = delivery;
  const now = useNow();
  return (
    <li className={classes.delivery} data-state={state}>
      <span className={classes.state}>
        <span aria-hidden="true">{MARKS[state]}</span> {STATES[state]}
      </span>
      <div className={classes.what}>
        <p>
          {seq > 0 ? (
            <Link to="/events" search={{ seq }} title="The event that it tells of">
              {title}
            </Link>
          ) : (
            title
          )}{" "}
          <span className="muted small">to {target}</span>
        </p>
        {body && <p className={`${classes.body} muted small`}>{body}</p>}
        {error && (
          <p className={classes.trouble}>
            {attempts > 1 ? `${attempts} attempts: ` : ""}
            {error}
          </p>
        )}
        {due_at && <p className="small">Next try {until(Date.parse(due_at), now)}</p>}
      </div>
      <span className="muted small">
        <Ago at={at} />
      </span>
      <span className={classes.actions}>{state !== "sent" && <Retry delivery={delivery} />}</span>
    </li>
  );
}

function Retry({ delivery: { id, title } }: { delivery: Delivery }) {
  const cache = useQueryClient();
  const offline = useOffline();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/notifications/deliveries/{delivery}/retry", { params: { path: { delivery: id } } }),
      ),
    onSettled: () => cache.invalidateQueries({ queryKey: ["notifications"] }),
  });
  return (
    <>
      <Button
        variant="default"
        size="compact-xs"
        aria-label={`Send now: ${title}`}
        disabled={isPending || offline !== null}
        title={offline ?? undefined}
        onClick={() => mutate()}
      >
        {isPending ? "Sending…" : "Send now"}
      </Button>
      {error && <Failure error={error} />}
    </>
  );
}
