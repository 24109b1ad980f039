import { Link } from "@tanstack/react-router";
import type { ServiceView } from "@/api/types";
import { ErrorIcon, LinkLostIcon, OkIcon, WarningIcon } from "@/design/icons";
import { useOffline } from "@/live/context";
import { type Need, standing, type Verdict, verdict } from "./needs";
import classes from "./VerdictLine.module.css";

interface VerdictLineProps {
  found: readonly Need[];
  /** Undefined as long as nothing is known. */
  services: readonly ServiceView[] | undefined;
}

const MARKS: Record<Verdict["level"], typeof OkIcon> = {
  good: OkIcon,
  warning: WarningIcon,
  error: ErrorIcon,
  unknown: LinkLostIcon,
};

/** Read from across the room: a mark, a colour and words. */
export function VerdictLine({ found, services }: VerdictLineProps) {
  const offline = useOffline() !== null;
  const { level, words } = verdict(found, services !== undefined, offline);
  const Mark = MARKS[level];
  return (
    <div className={classes.verdict} data-level={level}>
      {(services !== undefined || offline) && <Mark size={30} />}
      <h1>{words}</h1>
      {services && services.length > 0 && (
        <Link to="/services" className={classes.standing}>
          {standing(services)}
        </Link>
      )}
    </div>
  );
}
