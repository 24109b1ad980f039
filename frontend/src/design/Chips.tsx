/** Small switches in a row, as filters are. */
import type { ReactNode } from "react";
import classes from "./Chips.module.css";

export function Chips({ label, children }: { label: string; children: ReactNode[] }) {
  if (children.length === 0) return null;
  return (
    <fieldset className={classes.chips}>
      <legend className="unseen">{label}</legend>
      {children}
    </fieldset>
  );
}

export function Chip({ on, toggle, children }: { on: boolean; toggle: () => void; children: ReactNode }) {
  return (
    <button type="button" className={classes.chip} aria-pressed={on} onClick={toggle}>
      {children}
    </button>
  );
}
