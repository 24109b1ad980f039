/** The targets of the configuration, each with its test and what came of it. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { targetsQuery } from "@/api/queries/notifications";
import type { NotificationTarget } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { count } from "@/design/format";
import { OkIcon } from "@/design/icons";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago, useNow } from "@/design/time";
import { until } from "@/features/schedules/words";
import { useOffline } from "@/live/context";
import classes from "./Notifications.module.css";
import { hearsWords, heldWords } from "./words";

export function TargetList() {
  const { data, error, refetch } = useQuery(targetsQuery);
  const offline = useOffline() !== null;
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={2} height={72} />
    );
  if (data.targets.length === 0) return <NoTargets />;
  return (
    <div className={offline ? "stale" : undefined}>
      {data.dropped > 0 && (
        <p className={classes.trouble}>
          {count(data.dropped)} messages were dropped since the control center started: too many waited.
        </p>
      )}
      <ul className={`panel ${classes.rows}`}>
        {data.targets.map((target) => (
          <TargetRow key={target.name} target={target} />
        ))}
      </ul>
    </div>
  );
}

function TargetRow({ target }: { target: NotificationTarget }) {
  const cache = useQueryClient();
  const offline = useOffline();
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/notifications/targets/{name}/test", { params: { path: { name: target.name } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: ["notifications"] }),
  });
  return (
    <li className={classes.target} data-target={target.name}>
      <div className={classes.what}>
        <p>
          <strong>{target.name}</strong> <span className="muted mono">{target.address}</span>
        </p>
        <p className="muted small">Hears of {hearsWords(target)}</p>
        {target.quiet && (
          <p className="muted small">
            Quiet from {target.quiet.from} to {target.quiet.to}
          </p>
        )}
        <Standing target={target} />
        <div role="status">
          {data &&
            !isPending &&
            (data.delivered ? (
              <p className={classes.sent}>
                <OkIcon size={14} /> The test was delivered in {data.seconds.toFixed(1)} s
              </p>
            ) : (
              <p className={classes.trouble}>The test was not delivered: {data.error}</p>
            ))}
          {error && <Failure error={error} />}
        </div>
      </div>
      <Button
        variant="default"
        aria-label={`Test ${target.name}`}
        disabled={isPending || offline !== null}
        title={offline ?? "Sends a message now"}
        onClick={() => mutate()}
      >
        {isPending ? "Sending…" : "Test"}
      </Button>
    </li>
  );
}

function Standing({ target }: { target: NotificationTarget }) {
  const { waiting, trouble, last_success, last_failure, last_error, held_until } = target;
  const now = useNow();
  const why = heldWords(target);
  return (
    <p className="small">
      {waiting > 0 && (
        <span className={classes.waiting}>
          {count(waiting)} waiting
          {held_until && ` ${until(Date.parse(held_until), now)}`}
          {why && ` (${why})`}
          {" · "}
        </span>
      )}
      <span className="muted">
        {last_success ? (
          <>
            delivered <Ago at={last_success} />
          </>
        ) : (
          "nothing delivered yet"
        )}
        {last_failure && (
          <>
            {" · given up "}
            <Ago at={last_failure} />
            {last_error && `: ${last_error}`}
          </>
        )}
      </span>
      {trouble && trouble !== last_error && <span className={classes.trouble}> {trouble}</span>}
    </p>
  );
}

const EXAMPLE = `notifications:
  targets:
    here: desktop://
    team: {url: "slack://...", on: [crash, run_failed, alert]}`;

function NoTargets() {
  return (
    <Empty
      title="Nobody is told yet"
      action={<Link to="/diagnostics/configuration">Open the configuration</Link>}
    >
      A target hears of crashes, failed runs and alerts: on this desktop, by mail, by chat, by webhook.
      <Excerpt label="An example" text={EXAMPLE} />
    </Empty>
  );
}
