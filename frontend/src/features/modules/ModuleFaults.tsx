/** Definitions that are wrong: each is reported at its place, and harms no other. */
import type { ModuleFault } from "@/api/types";
import { Faults } from "@/features/definitions/Faults";
import { plural } from "@/features/definitions/words";
import classes from "./ModuleFaults.module.css";

export function ModuleFaults({ faults }: { faults: readonly ModuleFault[] }) {
  if (faults.length === 0) return null;
  const files = [...new Set(faults.map(({ file }) => file))];
  const errors = faults.filter(({ severity }) => severity === "error");
  const words =
    errors.length > 0
      ? `${plural(errors.length, "fault")}: what has one cannot be run`
      : plural(faults.length, "warning");
  return (
    <details className={classes.faults} open={errors.length > 0}>
      <summary>{words}</summary>
      {files.map((file) => (
        <section key={file} aria-label={`Faults of ${file}`} className={classes.file}>
          <code>{file}</code>
          <Faults faults={faults.filter((one) => one.file === file)} />
        </section>
      ))}
    </details>
  );
}
