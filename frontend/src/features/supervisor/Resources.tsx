/** What a service's tree of processes uses: now, over the last ten minutes, and process by process. */
import { useQuery } from "@tanstack/react-query";
import { serviceQuery } from "@/api/queries";
import type { ServiceView } from "@/api/types";
import { Chart } from "@/design/Chart";
import { bytes, percent } from "@/design/format";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { useLive, useServiceRevision } from "@/live/context";
import { SERVICE_COLUMNS } from "@/live/handlers";
import { LimitsPanel } from "./Limits";
import classes from "./Resources.module.css";
import { isUp } from "./statuses";

/** Seconds that the charts span. */
const SPAN = 600;

export default function Resources({ service }: { service: ServiceView }) {
  return (
    <div className={classes.resources}>
      <LimitsPanel service={service} />
      <ServiceCharts id={service.id} />
      <Processes service={service} />
    </div>
  );
}

function ServiceCharts({ id }: { id: string }) {
  const live = useLive();
  useServiceRevision(id);
  const columns = live.targets.services.get(id)?.samples.since(Date.now() / 1000 - SPAN) ?? {
    time: [],
    values: [],
  };
  const of = (column: number) => columns.values[column] ?? [];
  return (
    <div className={classes.charts}>
      <Chart
        title="CPU"
        group={`service-${id}`}
        span={SPAN}
        time={columns.time}
        series={[{ label: "CPU", values: of(SERVICE_COLUMNS.cpu), filled: true }]}
        format={percent}
      />
      <Chart
        title="Memory"
        group={`service-${id}`}
        span={SPAN}
        time={columns.time}
        series={[{ label: "Memory", values: of(SERVICE_COLUMNS.memory), filled: true }]}
        format={bytes}
      />
    </div>
  );
}

function Processes({ service }: { service: ServiceView }) {
  const { data, error, refetch } = useQuery({
    ...serviceQuery(service.id),
    refetchInterval: isUp(service.status) ? 3_000 : false,
  });
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={1} height={120} />
    );
  if (data.processes.length === 0) {
    return <Empty title="No process">Nothing of {service.name} runs now.</Empty>;
  }
  return (
    <div className="table-frame">
      <table className="table">
        <caption className="unseen">Processes of {service.name}</caption>
        <thead>
          <tr>
            <th scope="col" className="number">
              Pid
            </th>
            <th scope="col">Name</th>
            <th scope="col" className="number">
              CPU
            </th>
            <th scope="col" className="number">
              Memory
            </th>
            <th scope="col">Started</th>
          </tr>
        </thead>
        <tbody>
          {data.processes.map((process) => (
            <tr key={process.pid}>
              <td className="number">{process.pid}</td>
              <td>{process.name}</td>
              <td className="number">{percent(process.cpu_percent)}</td>
              <td className="number">{bytes(process.memory_bytes)}</td>
              <td>{process.started_at ? <Ago at={process.started_at} /> : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
