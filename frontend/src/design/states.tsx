/** How nothing, not yet, and went wrong look: the same everywhere. */
import { Button } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { wordsFor } from "@/api/client";
import { ErrorIcon } from "./icons";
import classes from "./states.module.css";

interface EmptyProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** Nothing else is on the page, so this is its heading. */
  whole?: boolean;
}

export function Empty({ title, children, action, whole = false }: EmptyProps) {
  const Heading = whole ? "h1" : "h2";
  return (
    <div className={classes.empty}>
      <Heading>{title}</Heading>
      {children && <div className="muted">{children}</div>}
      {action}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { title, detail } = wordsFor(error);
  return (
    <div className={classes.failure} role="alert">
      <ErrorIcon />
      <div>
        <strong>{title}</strong>
        <p>{detail}</p>
      </div>
      {retry && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Boxes of the size of what is coming, shown only when it takes longer than 150 ms. */
export function Skeletons({
  count,
  height,
  className,
}: {
  count: number;
  height: number;
  className?: string;
}) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={className ?? classes.skeletons} aria-busy="true">
      <span className="unseen">Loading</span>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the boxes are all alike and never change places
        <div key={index} className={shown ? classes.skeleton : undefined} style={{ height }} />
      ))}
    </div>
  );
}
