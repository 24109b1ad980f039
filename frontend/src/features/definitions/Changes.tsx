/** What saving would do: to the services, and to the file. */
import { useMemo } from "react";
import type { Change } from "@/api/edits";
import type { Plan } from "@/api/types";
import { AddIcon, CloseIcon, OkIcon, RestartIcon } from "@/design/icons";
import classes from "./Changes.module.css";
import { diffLines, type Hunk, hunks, type Line } from "./diff";
import { Faults } from "./Faults";
import { plural } from "./words";

interface ChangesProps {
  change: Change;
  /** Name of the file of definitions. */
  file: string;
  /** Leads to a place in the text that was typed. */
  goTo: (line: number, column: number) => void;
}

export function Changes({ change, file, goTo }: ChangesProps) {
  return (
    <>
      {change.faults.length > 0 && <Faults faults={change.faults} goTo={goTo} />}
      <section className={`panel ${classes.part}`} aria-label="What saving does">
        <h2>What saving does</h2>
        <PlanList plan={change.plan} />
      </section>
      <FileChange before={change.before} after={change.after} file={file} />
    </>
  );
}

export function PlanList({ plan }: { plan: Plan }) {
  const { added, changed, removed, unchanged } = plan;
  return (
    <ul className={classes.plan}>
      {added.map((id) => (
        <li key={id} data-kind="added">
          <AddIcon size={15} />
          <span>
            <strong>{id}</strong> is added, and stopped until it is started
          </span>
        </li>
      ))}
      {changed.map(({ id, keys, restart }) => (
        <li key={id} data-kind="changed">
          <RestartIcon size={15} />
          <span>
            <strong>{id}</strong> changes{keys.length > 0 && `: ${keys.join(", ")}`}
            {restart && " (it runs: a restart applies it)"}
          </span>
        </li>
      ))}
      {removed.map((id) => (
        <li key={id} data-kind="removed">
          <CloseIcon size={15} />
          <span>
            <strong>{id}</strong> is removed
          </span>
        </li>
      ))}
      <li data-kind="same">
        <OkIcon size={15} />
        <span>
          {added.length + changed.length + removed.length === 0
            ? "nothing changes"
            : `${plural(unchanged, "other service")} stay${unchanged === 1 ? "s" : ""} as ${unchanged === 1 ? "it is" : "they are"}`}
        </span>
      </li>
    </ul>
  );
}

function FileChange({ before, after, file }: { before: string | null; after: string; file: string }) {
  const parts = useMemo(() => (before === null ? null : hunks(diffLines(before, after))), [before, after]);
  return (
    <section className={`panel ${classes.part}`} aria-label={`What changes in ${file}`}>
      <h2>
        In <code>{file}</code>
      </h2>
      {parts === null ? (
        <pre className={classes.text}>{after}</pre>
      ) : parts.length === 0 ? (
        <p className="muted">Nothing changes.</p>
      ) : (
        <Difference parts={parts} />
      )}
    </section>
  );
}

/** Lines that go and come, with signs as well as colours. */
function Difference({ parts }: { parts: Hunk[] }) {
  return (
    <section className={classes.diff} aria-label="Changed lines" tabIndex={0}>
      {parts.map((part) => (
        <div key={part.lines[0]?.number}>
          {part.skipped > 0 && <p className={classes.skipped}>{plural(part.skipped, "line")} as before</p>}
          {part.lines.map((line) => (
            <DiffLine key={`${line.kind} ${line.number}`} line={line} />
          ))}
        </div>
      ))}
    </section>
  );
}

const SIGN = { same: " ", gone: "−", new: "+" } as const;
const SPOKEN = { same: "", gone: "removed: ", new: "added: " } as const;

function DiffLine({ line }: { line: Line }) {
  return (
    <div className={classes.line} data-kind={line.kind}>
      <span className={classes.number} aria-hidden="true">
        {line.kind === "gone" ? "" : line.number}
      </span>
      <span aria-hidden="true">{SIGN[line.kind]}</span>
      <span>
        <span className="unseen">{SPOKEN[line.kind]}</span>
        {line.text || " "}
      </span>
    </div>
  );
}
