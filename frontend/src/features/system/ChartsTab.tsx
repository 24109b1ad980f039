/** The machine over time: from the last minutes, as they go on, back to the last year. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { statsQuery } from "@/api/queries/system";
import type { SystemStats } from "@/api/types";
import { Chart, type Series } from "@/design/Chart";
import { bytes, percent, rate } from "@/design/format";
import { Meter } from "@/design/Meter";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useLive, useStaleness, useSystemRevision } from "@/live/context";
import classes from "./ChartsTab.module.css";
import { Cores } from "./Cores";
import { type Drawing, drawingsOf, type LineOf, metricsOf } from "./drawings";
import { columnIn, type Heard, scaled } from "./history/columns";
import { RangeChoice } from "./history/RangeChoice";
import { zoomed } from "./history/range";
import { type Past, partOf, usePast } from "./history/usePast";

export function ChartsTab() {
  const { data, error, refetch } = useQuery(statsQuery);
  const search = useSearch({ from: "/system/$tab" });
  const navigate = useNavigate();
  const stale = useStaleness("system");
  const go = (next: typeof search) =>
    void navigate({ to: "/system/$tab", params: { tab: "charts" }, search: next, replace: true });
  return (
    <>
      <RangeChoice search={search} change={go} />
      {stale !== null && data && <p className="muted small">These numbers are {stale} s old.</p>}
      {data ? (
        <div className={stale === null ? undefined : "stale"}>
          <Charts stats={data} zoom={(range) => go(zoomed(search, range))} />
        </div>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={4} height={258} className={classes.charts as string} />
      )}
    </>
  );
}

interface ChartsProps {
  stats: SystemStats;
  zoom: (range: readonly [number, number] | null) => void;
}

function Charts({ stats, zoom }: ChartsProps) {
  const search = useSearch({ from: "/system/$tab" });
  const { system } = useLive().targets;
  useSystemRevision();
  const drawings = drawingsOf(stats, search.range === "5m" && partOf(search) === null);
  const past = usePast(metricsOf(drawings), search, (since) => system.since(since));
  if (past.error !== null) return <Failure error={past.error} retry={past.retry} />;
  if (past.waiting)
    return <Skeletons count={drawings.length} height={258} className={classes.charts as string} />;
  if (past.columns.time.length === 0)
    return (
      <Empty title="Nothing was recorded then">
        The machine was off, or nobody had begun to write it down.
      </Empty>
    );
  return (
    <div className={classes.charts}>
      {drawings.map((drawing) => (
        <Chart
          key={drawing.title}
          title={drawing.title}
          group="system"
          range={past.range}
          onZoom={zoom}
          format={drawing.format}
          most={drawing.most}
          {...(drawing.heardOnly
            ? heardLines(drawing, system.since(past.range[0]))
            : pastLines(drawing, past))}
          aside={asideOf(drawing, stats)}
        />
      ))}
    </div>
  );
}

function pastLines({ lines }: Drawing, past: Past): Drawn {
  return { time: past.columns.time, series: lines.map((line) => seriesOf(line, past)) };
}

function heardLines({ lines }: Drawing, { time, of }: Heard): Drawn {
  return { time, series: lines.map(({ metric, label }) => ({ label, values: of(metric) })) };
}

interface Drawn {
  time: readonly number[];
  series: Series[];
}

function seriesOf({ metric, label, factor = 1, filled = false }: LineOf, { columns }: Past): Series {
  const column = columnIn(columns, metric);
  return { label, filled, ...(factor === 1 ? column : scaled(column, factor)) };
}

function asideOf({ title }: Drawing, stats: SystemStats): ReactNode {
  const { cpu, memory, network, disk_traffic: traffic } = stats;
  if (title === "CPU")
    return (
      <>
        <Cores cores={cpu.per_core} />
        <Now value={percent(cpu.usage_percent)} share={cpu.usage_percent} label="CPU in use" />
      </>
    );
  if (title === "Memory")
    return (
      <Now
        value={`${bytes(memory.used)} of ${bytes(memory.total)}`}
        share={memory.percent}
        label="Memory in use"
      />
    );
  if (title === "Network" && network)
    return (
      <span className="muted small">
        {bytes(network.bytes_received)} in, {bytes(network.bytes_sent)} out since boot
      </span>
    );
  if (title === "Disk traffic" && traffic)
    return (
      <span className="muted small">
        {rate(traffic.read_per_second)} read, {rate(traffic.write_per_second)} written
      </span>
    );
  return null;
}

function Now({ value, share, label }: { value: string; share: number; label: string }) {
  return (
    <span className={classes.now}>
      <span>{value}</span>
      <Meter share={share} label={label} />
    </span>
  );
}
