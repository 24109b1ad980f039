/** The machine over the last minutes. The past is what this page has seen since it was opened. */
import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { statsQuery } from "@/api/queries";
import type { SystemStats } from "@/api/types";
import { Chart } from "@/design/Chart";
import { bytes, percent, rate } from "@/design/format";
import { Meter } from "@/design/Meter";
import { Failure, Skeletons } from "@/design/states";
import { useLive, useStaleness, useSystemRevision } from "@/live/context";
import { SYSTEM_COLUMNS as COLUMN } from "@/live/handlers";
import classes from "./ChartsTab.module.css";
import { SPANS } from "./tabs";

export function ChartsTab() {
  const { data, error, refetch } = useQuery(statsQuery);
  const stale = useStaleness("system");
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={2} height={230} />
    );
  return (
    <>
      <SpanChoice />
      {stale !== null && <p className="muted small">These numbers are {stale} s old.</p>}
      <div className={stale === null ? undefined : "stale"}>
        <Charts stats={data} />
      </div>
    </>
  );
}

function SpanChoice() {
  const { minutes = 5 } = useSearch({ from: "/system/$tab" });
  const navigate = useNavigate();
  return (
    <div className={classes.span}>
      <SegmentedControl
        size="xs"
        aria-label="How far back"
        value={String(minutes)}
        onChange={(value) =>
          void navigate({
            to: "/system/$tab",
            params: { tab: "charts" },
            search: value === "5" ? {} : { minutes: Number(value) },
            replace: true,
          })
        }
        data={SPANS.map((span) => ({ value: String(span), label: span === 60 ? "1 hour" : `${span} min` }))}
      />
      <span className="muted small">Drag to zoom, double-click for all.</span>
    </div>
  );
}

function Charts({ stats }: { stats: SystemStats }) {
  const { minutes = 5 } = useSearch({ from: "/system/$tab" });
  const live = useLive();
  useSystemRevision();
  const span = minutes * 60;
  const { time, values } = live.targets.system.since(Date.now() / 1000 - span - 5);
  const of = (column: number) => values[column] ?? [];
  const shared = { group: "system", span, time };
  const { cpu, memory, swap, disk, network } = stats;
  return (
    <div className={classes.charts}>
      <Chart
        {...shared}
        title="CPU"
        most={100}
        format={percent}
        series={[{ label: "All cores", values: of(COLUMN.cpu), filled: true }]}
        aside={<Now value={percent(cpu.usage_percent)} share={cpu.usage_percent} label="CPU in use" />}
      />
      <Chart
        {...shared}
        title="CPU per core"
        most={100}
        format={percent}
        series={cpu.per_core.map((_, core) => ({ label: `Core ${core}`, values: of(COLUMN.cores + core) }))}
        aside={<Cores cores={cpu.per_core} />}
      />
      <Chart
        {...shared}
        title="Memory"
        most={memory.total}
        format={bytes}
        series={[
          { label: "Used", values: of(COLUMN.memory), filled: true },
          ...(swap ? [{ label: "Swap", values: of(COLUMN.swap) }] : []),
        ]}
        aside={
          <Now
            value={`${bytes(memory.used)} of ${bytes(memory.total)}`}
            share={memory.percent}
            label="Memory in use"
          />
        }
      />
      {network && (
        <Chart
          {...shared}
          title="Network"
          format={rate}
          series={[
            { label: "Received", values: of(COLUMN.received), filled: true },
            { label: "Sent", values: of(COLUMN.sent) },
          ]}
          aside={
            <span className="muted small">
              {bytes(network.bytes_received)} in, {bytes(network.bytes_sent)} out since boot
            </span>
          }
        />
      )}
      {disk && (
        <Chart
          {...shared}
          title="Disk"
          most={disk.total}
          format={bytes}
          series={[{ label: "Used", values: of(COLUMN.disk), filled: true }]}
          aside={
            <Now
              value={`${bytes(disk.free)} free of ${bytes(disk.total)} on ${disk.path}`}
              share={disk.percent}
              label="Disk in use"
            />
          }
        />
      )}
    </div>
  );
}

function Now({ value, share, label }: { value: string; share: number; label: string }) {
  return (
    <span className={classes.now}>
      <span>{value}</span>
      <Meter share={share} label={label} />
    </span>
  );
}

/** A bar for each core: a look is enough to see whether one is alone at the top. */
function Cores({ cores }: { cores: number[] }) {
  const busiest = Math.max(...cores);
  return (
    <span
      className={classes.cores}
      role="img"
      aria-label={`${cores.length} cores, the busiest at ${percent(busiest)}`}
    >
      {cores.map((value, core) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a core is its number
        <span key={core} title={`Core ${core}: ${percent(value)}`}>
          <span style={{ height: `${Math.max(4, value)}%` }} />
        </span>
      ))}
    </span>
  );
}
