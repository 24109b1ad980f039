/** The numbers of a service, each in a box that never changes its size. */
import { memo, type ReactNode } from "react";
import type { ServiceView } from "@/api/types";
import { bytes, duration, percent } from "@/design/format";
import { OpenIcon } from "@/design/icons";
import { Sparkline } from "@/design/Sparkline";
import { useLive, useServiceRevision } from "@/live/context";
import { SERVICE_COLUMNS } from "@/live/handlers";
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

const SPARK_SAMPLES = 60;

const CpuSpark = memo(function CpuSpark({ id }: { id: string }) {
  useServiceRevision(id);
  const values = useLive().targets.services.get(id)?.tail(SERVICE_COLUMNS.cpu, SPARK_SAMPLES) ?? [];
  const most = values.reduce<number>((top, value) => Math.max(top, value ?? 0), 20);
  return <Sparkline values={values} most={most} amount={SPARK_SAMPLES} />;
});

export function LiveFacts({ service }: { service: ServiceView }) {
  const memory = service.memory_bytes;
  return (
    <div className={classes.live}>
      <dl className={classes.facts}>
        <Fact name="CPU">{percent(service.cpu_percent)}</Fact>
        <Fact name="Memory" title={memory === null ? undefined : `${memory} bytes`}>
          {bytes(memory)}
        </Fact>
        <Fact name="Up for">{duration(service.uptime_seconds)}</Fact>
      </dl>
      <CpuSpark id={service.id} />
    </div>
  );
}

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
