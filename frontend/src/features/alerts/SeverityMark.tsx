/** How urgent an alert is, by shape, word and colour. */
import { ErrorIcon, InfoIcon, WarningIcon } from "@/design/icons";
import classes from "./SeverityMark.module.css";
import type { Severity } from "./words";

const ICONS = { critical: ErrorIcon, warning: WarningIcon, info: InfoIcon } as const;

export function SeverityMark({ severity }: { severity: Severity }) {
  const Icon = ICONS[severity];
  return (
    <span className={classes.severity} data-severity={severity}>
      <Icon size={16} />
      <span>{severity}</span>
    </span>
  );
}
