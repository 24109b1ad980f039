import { ActionIcon } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { statsQuery } from "@/api/queries";
import { bytes, percent } from "@/design/format";
import { KeyboardIcon } from "@/design/icons";
import { Meter } from "@/design/Meter";
import { useLink, useStaleness } from "@/live/context";
import classes from "./TopBar.module.css";
import { LookMenu } from "./theme";

export function TopBar({ onHelp }: { onHelp: () => void }) {
  return (
    <header className={classes.bar}>
      <Machine />
      <div className="grow" />
      <Connection />
      <ActionIcon
        className={classes.help}
        variant="subtle"
        color="gray"
        c="var(--text)"
        size={34}
        aria-label="Keyboard (?)"
        title="Keyboard (?)"
        onClick={onHelp}
      >
        <KeyboardIcon />
      </ActionIcon>
      <LookMenu />
    </header>
  );
}

/** The machine in two numbers; the rest is one click away. */
function Machine() {
  const { data } = useQuery(statsQuery);
  const stale = useStaleness("system");
  if (!data) return null;
  const { cpu, memory } = data;
  return (
    <Link
      to="/system/$tab"
      params={{ tab: "charts" }}
      className={`${classes.machine} ${stale === null ? "" : "stale"}`}
      title={stale === null ? "The machine now" : `${stale} s old`}
    >
      <span className={classes.gauge}>
        <span className="muted">CPU</span>
        <span className={classes.value}>{percent(cpu.usage_percent)}</span>
        <Meter share={cpu.usage_percent} label="CPU in use" />
      </span>
      <span className={classes.gauge}>
        <span className="muted">Memory</span>
        <span className={classes.value}>{bytes(memory.used)}</span>
        <Meter share={memory.percent} label="Memory in use" />
      </span>
    </Link>
  );
}

const WORDS = {
  open: "Live",
  connecting: "Connecting",
  waiting: "Not connected",
  closed: "Not connected",
} as const;

function Connection() {
  const { phase } = useLink();
  return (
    <span className={classes.connection} data-phase={phase}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {phase === "open" ? (
          <circle cx="5" cy="5" r="4.5" fill="currentColor" />
        ) : (
          <circle
            cx="5"
            cy="5"
            r="3.7"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            strokeDasharray="2.4 2"
          />
        )}
      </svg>
      {WORDS[phase]}
    </span>
  );
}
