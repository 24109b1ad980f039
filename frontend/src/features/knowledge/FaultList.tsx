/** What is wrong in files that describe others, one by one; the rest of each file counts. */
import { WarningIcon } from "@/design/icons";
import classes from "./FaultList.module.css";

/** So many are shown without being asked for. */
const FEW = 5;

export function FaultList({ title, faults }: { title: string; faults: readonly string[] }) {
  if (faults.length === 0) return null;
  return (
    <section className={classes.faults} aria-label={title}>
      <details open={faults.length <= FEW}>
        <summary>
          <WarningIcon size={16} /> {title} <span className="muted">{faults.length}</span>
        </summary>
        <ul>
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      </details>
    </section>
  );
}
