/** Sums of calls, a row for each of whatever they were summed by. */
import type { ReactNode } from "react";
import type { UsageFigures } from "@/api/types";
import { count, percent } from "@/design/format";
import { type Head, Heads } from "./Heads";
import { cached, dollars, sent, unknownCost } from "./money";
import classes from "./SumTable.module.css";

interface SumTableProps<Row extends UsageFigures> {
  caption: string;
  heading: string;
  rows: readonly Row[];
  id: (row: Row) => string;
  name: (row: Row) => ReactNode;
}

const FIGURES: readonly Head[] = [
  { word: "Cost", number: true },
  { word: "Calls", number: true },
  { word: "Tokens sent", number: true, className: classes.spare },
  { word: "From cache", number: true, className: classes.spare },
  { word: "Tokens received", number: true, className: classes.spare },
];

export function SumTable<Row extends UsageFigures>({ caption, heading, rows, id, name }: SumTableProps<Row>) {
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <caption className="unseen">{caption}</caption>
        <Heads heads={[{ word: heading }, ...FIGURES]} />
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)}>
              <th scope="row" className={classes.name}>
                {name(row)}
              </th>
              <td className={`number ${classes.cost}`}>
                <Cost figures={row} />
              </td>
              <td className="number">{count(row.calls)}</td>
              <td className={`number ${classes.spare}`}>{count(sent(row))}</td>
              <td className={`number ${classes.spare}`}>{percent(cached(row))}</td>
              <td className={`number ${classes.spare}`}>{count(row.output_tokens)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The cost with a flag where more was used than is known. */
export function Cost({ figures }: { figures: UsageFigures }) {
  const unknown = unknownCost(figures);
  return (
    <>
      {dollars(figures.cost)} {unknown && <span className={classes.flag}>{unknown}</span>}
    </>
  );
}
