import { Fragment } from "react";
import { Dialog } from "@/design/Dialog";
import classes from "./KeyHelp.module.css";
import type { Binding } from "./keyboard";

const SHOWN: Record<string, string> = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** What the keys do here and now. */
export function KeyHelp({ bindings, onClose }: { bindings: Binding[] | null; onClose: () => void }) {
  return (
    <Dialog opened={bindings !== null} onClose={onClose} title="Keyboard">
      <dl className={classes.keys}>
        {bindings?.map(({ keys, does }) => (
          <Fragment key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{SHOWN[key] ?? key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
