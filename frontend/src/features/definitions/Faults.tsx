/** What is wrong in definitions, each with its place and what to do. */
import type { EditFault, Fault } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { ErrorIcon, WarningIcon } from "@/design/icons";
import classes from "./Faults.module.css";

interface FaultsProps {
  faults: readonly (Fault | EditFault)[];
  /** Leads to a place in the text that was sent. */
  goTo?: (line: number, column: number) => void;
}

export function Faults({ faults, goTo }: FaultsProps) {
  return (
    <ol className={classes.faults}>
      {faults.map((fault) => (
        <FaultItem
          key={`${fault.line}:${fault.column}:${fault.path}:${fault.message}`}
          fault={fault}
          {...(goTo ? { goTo } : {})}
        />
      ))}
    </ol>
  );
}

function FaultItem({
  fault,
  goTo,
}: {
  fault: Fault | EditFault;
  goTo?: (line: number, column: number) => void;
}) {
  const { severity, line, column, path, message, hint, excerpt } = fault;
  const error = severity === "error";
  const reachable = goTo && "source" in fault && fault.source === "text";
  const place = (
    <>
      line <strong>{line}</strong>
      {column > 0 && <>, column {column}</>}
      {goTo && !reachable && " of the file as it would be"}
    </>
  );
  return (
    <li className={`panel ${classes.fault}`} data-severity={severity}>
      {error ? <ErrorIcon /> : <WarningIcon />}
      <div className={classes.body}>
        <p className={classes.message}>
          <span className="unseen">{error ? "Error: " : "Warning: "}</span>
          {message}
        </p>
        <p className="muted small">
          {line > 0 &&
            (reachable ? (
              <button type="button" className={classes.place} onClick={() => goTo(line, column)}>
                {place}
              </button>
            ) : (
              place
            ))}
          {path && <code className={classes.path}>{path}</code>}
        </p>
        {excerpt && !reachable && (
          <Excerpt label={`The file at line ${line}`} text={excerpt} kind={error ? "error" : "warning"} />
        )}
        {hint && (
          <p className={classes.hint}>
            <strong>Try: </strong>
            {hint}
          </p>
        )}
      </div>
    </li>
  );
}
