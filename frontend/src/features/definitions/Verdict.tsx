/** What the daemon makes of what is typed, beside the field. */
import type { ReactNode } from "react";
import { Failure } from "@/design/states";
import { Changes } from "./Changes";
import type { Check } from "./check";
import { Faults } from "./Faults";
import classes from "./Verdict.module.css";
import { plural } from "./words";

interface VerdictProps {
  check: Check;
  file: string;
  goTo: (line: number, column: number) => void;
  /** What stands here while nothing is typed. */
  children: ReactNode;
}

export function Verdict({ check, file, goTo, children }: VerdictProps) {
  const { checked, current, error } = check;
  return (
    <div className={classes.verdict}>
      <p className="unseen" role="status">
        {current && checked && verdictWords(check)}
      </p>
      {error !== null ? (
        <Failure error={error} />
      ) : checked === null ? (
        children
      ) : checked.good ? (
        <Changes change={checked.change} file={file} goTo={goTo} />
      ) : (
        <Faults faults={checked.faults} goTo={goTo} />
      )}
    </div>
  );
}

function verdictWords({ checked }: Check): string {
  if (checked === null) return "";
  return checked.good ? "It can be saved." : plural(checked.faults.length, "fault");
}
