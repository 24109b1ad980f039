/** What is wrong in files that describe others, one by one; the rest of each file counts. */
import { WarningIcon } from "@/design/icons";
import classes from "./FaultList.module.css";

export function FaultList({ title, faults }: { title: string; faults: readonly string[] }) {
  if (faults.length === 0) return null;
  return (
    <section className={classes.faults} aria-label={title}>
      <h2>
        <WarningIcon size={16} /> {title}
      </h2>
      <ul>
        {faults.map((fault) => (
          <li key={fault}>{fault}</li>
        ))}
      </ul>
    </section>
  );
}
