/** Runs of the past, the newest first. */
import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Run } from "@/api/types";
import { bytes } from "@/design/format";
import { Ago } from "@/design/time";
import { Elapsed } from "./Elapsed";
import { RunStatusWord } from "./RunStatusWord";
import classes from "./RunTable.module.css";
import { exitWords, parameterLine, whyWords } from "./words";

interface RunTableProps {
  runs: readonly Run[];
  caption: string;
  /** Those that are to be compared, and what to do when one is picked. */
  picks?: { chosen: readonly string[]; pick: (id: string) => void };
}

export function RunTable({ runs, caption, picks }: RunTableProps) {
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {picks && (
              <th scope="col" className={classes.pick}>
                <span className="unseen">Compare</span>
              </th>
            )}
            <th scope="col" className={classes.status}>
              State
            </th>
            <th scope="col">Run</th>
            <th scope="col" className={classes.when}>
              Asked for
            </th>
            <th scope="col" className={`number ${classes.figure}`}>
              Took
            </th>
            <th scope="col" className={`number ${classes.peak} ${classes.spare}`}>
              Peak memory
            </th>
            <th scope="col" className={`number ${classes.exit} ${classes.spare}`}>
              Exit
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.run_id} run={run} {...(picks ? { picks } : {})} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ run, picks }: { run: Run } & Pick<RunTableProps, "picks">) {
  const given = parameterLine(run.parameters);
  return (
    <tr data-run={run.run_id}>
      {picks && (
        <td className={classes.pick}>
          <Checkbox
            size="xs"
            aria-label={`Compare ${run.run_id}`}
            checked={picks.chosen.includes(run.run_id)}
            onChange={() => picks.pick(run.run_id)}
          />
        </td>
      )}
      <td>
        <RunStatusWord run={run} />
      </td>
      <td className={classes.name}>
        <RunLink run={run} />
        <p className={`${classes.given} muted`} title={given}>
          {whyWords(run) ?? given}
        </p>
      </td>
      <td className={`${classes.when} muted`}>
        <Ago at={run.created_at} />
      </td>
      <td className="number">
        <Elapsed run={run} />
      </td>
      <td className={`number ${classes.spare}`}>{bytes(run.peak_memory_bytes)}</td>
      <td className={`number ${classes.spare} muted`}>{exitWords(run)}</td>
    </tr>
  );
}

export function RunLink({ run }: { run: Run }) {
  return (
    <Link
      to="/runs/$id/$tab"
      params={{ id: run.run_id, tab: "log" }}
      className={classes.link}
      title={run.run_id}
      data-row
    >
      {run.module_name}
    </Link>
  );
}
