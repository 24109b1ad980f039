/** The numbers of a service, each in a box that never changes its size. */
import type { ReactNode } from "react";
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

export function CpuSpark({ id }: { id: string }) {
  useServiceRevision(id);
  const values = useLive().targets.services.get(id)?.tail(SERVICE_COLUMNS.cpu, SPARK_SAMPLES) ?? [];
  const most = values.reduce<number>((top, value) => Math.max(top, value ?? 0), 20);
  return <Sparkline values={values} most={most} amount={SPARK_SAMPLES} />;
}

export function LiveFacts({ service }: { service: ServiceView }) {
  const memory = service.memory_bytes;
  return (
    <dl className={classes.facts}>
      <Fact name="CPU">{percent(service.cpu_percent)}</Fact>
      <Fact name="Memory" title={memory === null ? undefined : `${memory} bytes`}>
        {bytes(memory)}
      </Fact>
      <Fact name="Up for">{duration(service.uptime_seconds)}</Fact>
    </dl>
  );
}

/** Where the service is reached: its address while it is up, else only its port. */
export function Address({ service }: { service: ServiceView }) {
  if (service.url && /^https?:/.test(service.url) && isUp(service.status)) {
    return (
      <a className={classes.address} href={service.url} target="_blank" rel="noreferrer" title={service.url}>
        {service.port === null ? "Open" : `:${service.port}`}
        <OpenIcon size={13} />
        <span className="unseen">, opens {service.name} in a new window</span>
      </a>
    );
  }
  return service.port === null ? null : <span className={classes.address}>:{service.port}</span>;
}
