/** The one line under a service's name: why it is as it is, else what it is. */
import type { ServiceView } from "@/api/types";
import classes from "./Note.module.css";

const SPEAKS = new Set(["failed", "backoff", "waiting", "exited", "starting", "stopping"]);

export function Note({ service }: { service: ServiceView }) {
  const reason = SPEAKS.has(service.status) || service.health === "unhealthy" ? service.reason : null;
  const changed =
    service.definition === "changed"
      ? "Its definition changed: restart it to apply."
      : service.definition === "removed"
        ? "No longer in the file: gone once it is stopped."
        : null;
  const text = reason ?? changed ?? service.description;
  return (
    <p
      className={classes.note}
      data-kind={reason ? service.status : changed ? "changed" : "plain"}
      title={text}
    >
      {text}
    </p>
  );
}
