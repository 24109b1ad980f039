import { ActionIcon } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { statsQuery } from "@/api/queries/system";
import { bytes, percent } from "@/design/format";
import { KeyboardIcon, SearchIcon } from "@/design/icons";
import { Meter } from "@/design/Meter";
import { AlertBell } from "@/features/alerts/AlertBell";
import { useLink, useStaleness } from "@/live/context";
import classes from "./TopBar.module.css";
import { LookMenu } from "./theme";

export function TopBar({ onHelp, onFind }: { onHelp: () => void; onFind: () => void }) {
  return (
    <header className={classes.bar}>
      <Machine />
      <div className="grow" />
      <button type="button" className={classes.find} onClick={onFind} aria-keyshortcuts="Control+K">
        <SearchIcon size={15} />
        <span className={classes.word}>Find or do anything</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div className="grow" />
      <Connection />
      <AlertBell />
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
  const known = useQuery({ ...statsQuery, select: isKnown }).data;
  const stale = useStaleness("system");
  if (!known) return null;
  return (
    <Link
      to="/system/$tab"
      params={{ tab: "charts" }}
      className={`${classes.machine} ${stale === null ? "" : "stale"}`}
      title={stale === null ? "The machine now" : `${stale} s old`}
    >
      <Gauges />
    </Link>
  );
}

const isKnown = () => true;

/** Drawn with each sample; the link round them, which costs more, is not. */
const Gauges = memo(function Gauges() {
  const { data } = useQuery(statsQuery);
  if (!data) return null;
  const { cpu, memory } = data;
  return (
    <>
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
    </>
  );
});

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
      <span>{WORDS[phase]}</span>
    </span>
  );
}
