/** What runs, what waits and what ran. */
import { useRef } from "react";
import { LinkButton } from "@/design/LinkButton";
import { useRowMoves } from "@/shell/rows";
import { ActiveRuns } from "./ActiveRuns";
import { History } from "./History";
import classes from "./RunsPage.module.css";

export default function RunsPage() {
  const list = useRef<HTMLDivElement>(null);
  useRowMoves(list, "run");
  return (
    <div className="page" ref={list}>
      <div className="page-head">
        <h1>Runs</h1>
        <div className="grow" />
        <LinkButton to="/modules" variant="default">
          Run a module
        </LinkButton>
      </div>
      <section aria-label="Now" className={classes.part}>
        <h2>Now</h2>
        <ActiveRuns />
      </section>
      <section aria-label="History" className={classes.part}>
        <History />
      </section>
    </div>
  );
}
