/** Lines of a log as they were then: with their times, levels and colours. */
import { useEffect, useRef } from "react";
import type { LogLine } from "@/api/types";
import { LogRow } from "@/features/processes/LogRow";
import classes from "./Lines.module.css";

interface LinesProps {
  label: string;
  lines: readonly LogLine[];
  /** A moment: the first line that came then or later is marked, and in sight. */
  at?: string;
}

export function Lines({ label, lines, at: moment }: LinesProps) {
  const place = useRef<HTMLElement>(null);
  const marked = moment === undefined ? -1 : firstSince(lines, Date.parse(moment));
  useEffect(() => {
    const box = place.current;
    const row = box?.children[marked];
    if (box && row instanceof HTMLElement) box.scrollTop = row.offsetTop - box.clientHeight / 2;
  }, [marked]);
  return (
    <section ref={place} className={classes.lines} aria-label={label} tabIndex={0}>
      {lines.map(({ message, timestamp }, index) => {
        const at = timestamp === null ? null : Date.parse(timestamp);
        return (
          <LogRow
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change places
            key={index}
            line={{ raw: message, at, lost: null }}
            pattern={null}
            current={index === marked}
            time
          />
        );
      })}
    </section>
  );
}

function firstSince(lines: readonly LogLine[], moment: number): number {
  return lines.findIndex(({ timestamp }) => timestamp !== null && Date.parse(timestamp) >= moment);
}
