/** A row of a table that, where there is room for two or three columns only, opens to show the others. */
import { Fragment, type ReactNode, useState } from "react";
import classes from "./OpenRow.module.css";

interface OpenRowProps {
  /** What the first column says; on a narrow screen it opens the row. */
  first: ReactNode;
  /** The other cells. */
  children: ReactNode;
  /** The cells that a narrow screen leaves out, with their names. */
  rest: [string, ReactNode][];
}

export function OpenRow({ first, children, rest }: OpenRowProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <tr>
        <td className={classes.first}>
          <span className={classes.wide}>{first}</span>
          <button
            type="button"
            className={classes.opener}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {first}
          </button>
        </td>
        {children}
      </tr>
      {open && (
        <tr className={classes.rest}>
          <td colSpan={3}>
            <dl>
              {rest.map(([name, value]) => (
                <Fragment key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </Fragment>
              ))}
            </dl>
          </td>
        </tr>
      )}
    </>
  );
}
