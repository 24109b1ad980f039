/** The numbers of a service, each in a box that never changes its size. */
import { memo, type ReactNode, useRef } from "react";
import type { ServiceView } from "@/api/types";
import { OpenIcon } from "@/design/icons";
import { Sparkline } from "@/design/Sparkline";
import type { FigureKind } from "@/live/board";
import { useFigures } from "@/live/context";
import classes from "./Facts.module.css";
import { isUp } from "./statuses";

export function Fact({
  name,
  children,
  title,
}: {
  name: string;
  children: ReactNode;
  title?: string | undefined;
}) {
  return (
    <div className={classes.fact} title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A number that the board writes; `useFigures` on an element around it says whose. */
export function Figure({ kind }: { kind: FigureKind }) {
  return <span data-figure={kind} />;
}

/** What every look at a service tells in numbers. */
export function FigureFacts() {
  return (
    <>
      <Fact name="CPU">
        <Figure kind="cpu" />
      </Fact>
      <Fact name="Memory">
        <Figure kind="memory" />
      </Fact>
      <Fact name="Up for">
        <Figure kind="uptime" />
      </Fact>
    </>
  );
}

export const LiveFacts = memo(function LiveFacts({ id }: { id: string }) {
  const place = useRef<HTMLDivElement>(null);
  useFigures(place, id);
  return (
    <div className={classes.live} ref={place}>
      <dl className={classes.facts}>
        <FigureFacts />
      </dl>
      <Sparkline />
    </div>
  );
});

type Reached = Pick<ServiceView, "name" | "url" | "port" | "status">;

/** Where the service is reached: its address while it is up, else only its port. */
export const Address = memo(function Address({ name, url, port, status }: Reached) {
  if (url && /^https?:/.test(url) && isUp(status)) {
    return (
      <a className={classes.address} href={url} target="_blank" rel="noreferrer" title={url}>
        {port === null ? "Open" : `:${port}`}
        <OpenIcon size={13} />
        <span className="unseen">, opens {name} in a new window</span>
      </a>
    );
  }
  return port === null ? null : <span className={classes.address}>:{port}</span>;
});
