import { Button } from "@mantine/core";
import { ago, clockTime } from "@/design/format";
import { LinkLostIcon } from "@/design/icons";
import { useNow } from "@/design/time";
import { useLink, useLive } from "@/live/context";
import classes from "./bars.module.css";

/** Says since when there is no connection and when the next try is; nothing while all is well. */
export function ConnectionBar() {
  const live = useLive();
  const { phase, lostAt, retryAt, known } = useLink();
  const lost = phase !== "open" && lostAt !== null;
  return (
    <div role="status">
      {lost && (
        <div className={classes.bar} data-kind="offline">
          <LinkLostIcon />
          <p>
            <strong>{known ? "Connection to the daemon lost" : "The daemon does not answer"}</strong>{" "}
            <Since lostAt={lostAt} />
            {known && " What you see is from then."}
          </p>
          <NextTry retryAt={retryAt} />
          <Button variant="default" size="compact-xs" onClick={live.retry} disabled={phase === "connecting"}>
            Try now
          </Button>
        </div>
      )}
    </div>
  );
}

function Since({ lostAt }: { lostAt: number }) {
  const now = useNow();
  return (
    <span aria-live="off">
      since {clockTime(lostAt)} ({ago(lostAt, Math.max(now, lostAt))}).
    </span>
  );
}

function NextTry({ retryAt }: { retryAt: number | null }) {
  const now = useNow();
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <span className={classes.aside} aria-live="off">
      {seconds > 0 ? `Next try in ${seconds} s` : "Trying…"}
    </span>
  );
}
