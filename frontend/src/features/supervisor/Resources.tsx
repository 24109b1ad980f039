/** What a service's tree of processes uses: over time, and process by process. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { serviceQuery } from "@/api/queries/supervisor";
import type { ServiceView } from "@/api/types";
import { Chart, type Range } from "@/design/Chart";
import { bytes, percent } from "@/design/format";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { columnIn, type Heard } from "@/features/system/history/columns";
import { RangeChoice } from "@/features/system/history/RangeChoice";
import { type RangeSearch, zoomed } from "@/features/system/history/range";
import { usePast } from "@/features/system/history/usePast";
import { useLive, useServiceRevision } from "@/live/context";
import { SERVICE_COLUMNS } from "@/live/handlers";
import type { SampleWindow } from "@/live/samples";
import { LimitsPanel } from "./Limits";
import { cpuOf, memoryOf } from "./metrics";
import classes from "./Resources.module.css";
import { isUp } from "./statuses";

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
  const search = useSearch({ from: "/services/$id/$tab" });
  const navigate = useNavigate();
  const samples = useLive().targets.services.get(id)?.samples;
  useServiceRevision(id);
  const go = (next: RangeSearch) =>
    void navigate({
      to: "/services/$id/$tab",
      params: { id, tab: "resources" },
      search: next,
      replace: true,
    });
  const [cpu, memory] = [cpuOf(id), memoryOf(id)];
  const past = usePast([cpu, memory], search, (since) =>
    heardOf(samples, { [cpu]: SERVICE_COLUMNS.cpu, [memory]: SERVICE_COLUMNS.memory }, since),
  );
  const shared = {
    group: `service-${id}`,
    range: past.range,
    onZoom: (range: Range | null) => go(zoomed(search, range)),
    time: past.columns.time,
  };
  return (
    <>
      <RangeChoice search={search} change={go} />
      {past.error !== null ? (
        <Failure error={past.error} retry={past.retry} />
      ) : past.waiting ? (
        <Skeletons count={2} height={258} className={classes.charts as string} />
      ) : (
        <div className={classes.charts}>
          <Chart
            {...shared}
            title="CPU"
            series={[{ label: "CPU", ...columnIn(past.columns, cpu), filled: true }]}
            format={percent}
          />
          <Chart
            {...shared}
            title="Memory"
            series={[{ label: "Memory", ...columnIn(past.columns, memory), filled: true }]}
            format={bytes}
          />
        </div>
      )}
    </>
  );
}

/** `columns`: which of the samples is which series. */
function heardOf(samples: SampleWindow | undefined, columns: Record<string, number>, since: number): Heard {
  const { time, values } = samples?.since(since) ?? { time: [], values: [] };
  return { time, of: (metric) => values[columns[metric] ?? -1] ?? [] };
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
