/** The checks of the daemon: each says what is so, why it matters and how to put it right. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { diagnosticsQuery } from "@/api/queries/diagnostics";
import type { Check } from "@/api/types";
import { ErrorIcon, OkIcon, WarningIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { plural } from "@/features/definitions/words";
import { useOffline } from "@/live/context";
import classes from "./Checks.module.css";

const MARKS = {
  ok: { Icon: OkIcon, word: "well" },
  warning: { Icon: WarningIcon, word: "look at it" },
  error: { Icon: ErrorIcon, word: "wrong" },
} as const;

const ORDER = { error: 0, warning: 1, ok: 2 } as const;

export function Checks() {
  const { data, error, refetch, isFetching } = useQuery(diagnosticsQuery);
  const offline = useOffline();
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={8} height={52} />
    );
  const checks = [...data.checks].sort((a, b) => ORDER[a.status] - ORDER[b.status]);
  return (
    <>
      <div className={classes.summary}>
        <p>
          <strong>{verdict(data.checks)}</strong>{" "}
          <span className="muted">
            Checked <Ago at={data.checked_at} />.
          </span>
        </p>
        <Button
          variant="default"
          loading={isFetching}
          disabled={offline !== null}
          title={offline ?? ""}
          onClick={() => void refetch()}
        >
          Check again
        </Button>
      </div>
      <ul className={`panel ${classes.checks}`}>
        {checks.map((check) => (
          <CheckItem key={check.id} check={check} />
        ))}
      </ul>
    </>
  );
}

function verdict(checks: Check[]): string {
  const errors = checks.filter((check) => check.status === "error").length;
  const warnings = checks.filter((check) => check.status === "warning").length;
  if (errors + warnings === 0) return `All ${checks.length} checks are well.`;
  const found = [errors > 0 && plural(errors, "error"), warnings > 0 && plural(warnings, "warning")];
  return `${found.filter(Boolean).join(", ")} in ${checks.length} checks.`;
}

function CheckItem({ check }: { check: Check }) {
  const { Icon, word } = MARKS[check.status];
  return (
    <li className={classes.check} data-status={check.status}>
      <span className={classes.mark}>
        <Icon />
        {word}
      </span>
      <div className={classes.body}>
        <h2>{check.title}</h2>
        <p>{check.what}</p>
        {check.status !== "ok" && check.why && <p className="muted">{check.why}</p>}
        {check.status !== "ok" && check.fix && (
          <p>
            <strong>To put it right: </strong>
            {check.fix}
          </p>
        )}
      </div>
    </li>
  );
}
