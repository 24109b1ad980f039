/** The place that a page belongs to, before the page's own name in its heading. */
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";
import classes from "./UpLink.module.css";

export const UpLink = createLink((props: ComponentPropsWithRef<"a">) => (
  <>
    <a {...props} className={classes.up} />
    <span className={classes.slash} aria-hidden="true">
      /
    </span>
  </>
));
