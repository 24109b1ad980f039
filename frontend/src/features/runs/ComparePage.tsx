/** Two runs side by side; what differs is marked. */
import { Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { runQuery } from "@/api/queries/runs";
import type { Run } from "@/api/types";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { UpLink } from "@/design/UpLink";
import { ComparedFiles } from "./ComparedFiles";
import classes from "./ComparePage.module.css";
import { comparison, type Row } from "./compare";
import { RunStatusWord } from "./RunStatusWord";
import { RunLink } from "./RunTable";

export default function ComparePage() {
  const { left = "", right = "" } = useSearch({ from: "/runs/compare" });
  const first = useQuery({ ...runQuery(left), enabled: left !== "" });
  const second = useQuery({ ...runQuery(right), enabled: right !== "" });
  const error = first.error ?? second.error;
  if (left === "" || right === "") {
    return (
      <div className="page">
        <Empty whole title="Nothing to compare" action={<Link to="/runs">All runs</Link>}>
          Pick two runs of the history.
        </Empty>
      </div>
    );
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <UpLink to="/runs">Runs</UpLink>
          Two compared
        </h1>
        <div className="grow" />
        <OnlyDiffering />
      </div>
      {first.data && second.data ? (
        <Compared left={first.data} right={second.data} />
      ) : error ? (
        <Failure
          error={error}
          retry={() => {
            void first.refetch();
            void second.refetch();
          }}
        />
      ) : (
        <Skeletons count={2} height={160} />
      )}
    </div>
  );
}

function OnlyDiffering() {
  const { only, ...runs } = useSearch({ from: "/runs/compare" });
  const navigate = useNavigate();
  return (
    <Checkbox
      size="xs"
      label="Only what differs"
      checked={only !== undefined}
      onChange={(event) =>
        void navigate({
          to: "/runs/compare",
          search: event.currentTarget.checked ? { ...runs, only: "differing" } : runs,
          replace: true,
        })
      }
    />
  );
}

function Compared({ left, right }: { left: Run; right: Run }) {
  const { only } = useSearch({ from: "/runs/compare" });
  const { outcome, parameters, metrics } = comparison(left, right);
  const shown = (rows: Row[]) => (only === undefined ? rows : rows.filter(({ differs }) => differs));
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <caption className="unseen">Two runs side by side</caption>
        <thead>
          <tr>
            <th scope="col" className={classes.names}>
              <span className="unseen">What</span>
            </th>
            <Head run={left} />
            <Head run={right} />
          </tr>
        </thead>
        <Part title="Parameters" rows={shown(parameters)} />
        <Part title="Outcome" rows={shown(outcome)} />
        <Part title="Metrics" rows={shown(metrics)} />
        <ComparedFiles left={left} right={right} />
      </table>
    </div>
  );
}

function Head({ run }: { run: Run }) {
  return (
    <th scope="col" className={classes.head}>
      <RunLink run={run} />
      <RunStatusWord run={run} />
      <p>
        <Ago at={run.created_at} />
      </p>
    </th>
  );
}

function Part({ title, rows }: { title: string; rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  return (
    <tbody>
      <tr className={classes.part}>
        <th scope="rowgroup" colSpan={3}>
          {title}
        </th>
      </tr>
      {rows.map(({ name, left, right, differs, change }) => (
        <tr key={name} data-differs={differs || undefined}>
          <th scope="row">
            {name}
            {differs && <span className="unseen">, differs</span>}
          </th>
          <td>{left}</td>
          <td>
            {right}
            {change !== "" && <span className={classes.change}>{change}</span>}
          </td>
        </tr>
      ))}
    </tbody>
  );
}
