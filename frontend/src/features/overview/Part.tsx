/** A part of the overview with its heading and the way to its place. */
import type { ReactNode } from "react";
import classes from "./Part.module.css";

export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={`panel ${classes.part}`} aria-label={title}>
      <div className={classes.head}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
