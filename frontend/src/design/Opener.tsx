/** The arrow at the end of a row that shows the rest of it. */
import { DownIcon } from "./icons";
import classes from "./Opener.module.css";

interface OpenerProps {
  open: boolean;
  toggle: () => void;
  /** What it opens, for those who do not see the row. */
  label: string;
}

/** Its place in the row is its parent's last column; the arrow keys step from row to row by it. */
export function Opener({ open, toggle, label }: OpenerProps) {
  return (
    <button
      type="button"
      className={classes.opener}
      aria-expanded={open}
      aria-label={label}
      onClick={toggle}
      data-row
    >
      <DownIcon size={16} />
    </button>
  );
}
