import { percent } from "@/design/format";
import classes from "./Cores.module.css";

/** A bar for each core: a look is enough to see whether one is alone at the top. */
export function Cores({ cores }: { cores: number[] }) {
  const busiest = Math.max(...cores);
  return (
    <span
      className={classes.cores}
      role="img"
      aria-label={`${cores.length} cores, the busiest at ${percent(busiest)}`}
    >
      {cores.map((value, core) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a core is its number
        <span key={core} title={`Core ${core}: ${percent(value)}`}>
          <span style={{ height: `${Math.max(4, value)}%` }} />
        </span>
      ))}
    </span>
  );
}
