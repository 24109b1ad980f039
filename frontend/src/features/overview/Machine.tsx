/** The machine in a few lines: what it has, how much of it is in use, and the last hour. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo, type ReactNode, useMemo } from "react";
import { statsQuery } from "@/api/queries/system";
import type { SystemStats } from "@/api/types";
import { bytes, percent, rate } from "@/design/format";
import { Meter } from "@/design/Meter";
import { PastSpark } from "@/design/PastSpark";
import { Skeletons } from "@/design/states";
import { Cores } from "@/features/system/Cores";
import { useLastHour } from "@/features/system/history/useSeries";
import { useOffline, useStaleness } from "@/live/context";
import classes from "./Machine.module.css";
import { Part } from "./Part";

export function Machine() {
  const known = useQuery({ ...statsQuery, select: isKnown }).data;
  const stale = useStaleness("system");
  const offline = useOffline() !== null;
  return (
    <Part title="Machine" aside={<Link to="/system">Charts</Link>}>
      {known ? (
        <div
          className={stale === null ? undefined : "stale"}
          title={stale === null ? undefined : `${stale} s old`}
        >
          <Lines />
        </div>
      ) : (
        !offline && <Skeletons count={4} height={34} />
      )}
    </Part>
  );
}

const isKnown = () => true;

/** With fewer, the whole tells as much. */
const SINGLE_CORES = 3;

interface Line {
  metric: string;
  name: string;
  value: string;
  title?: string | undefined;
  /** Percent; null where there is no whole. */
  share: number | null;
  /** What the small line spans at least. */
  least: number;
}

/** Drawn with each sample; what is round them is not. */
const Lines = memo(function Lines() {
  const { data } = useQuery(statsQuery);
  return data ? <LinesOf stats={data} /> : null;
});

function LinesOf({ stats }: { stats: SystemStats }) {
  const lines = linesOf(stats);
  const names = lines.map(({ metric }) => metric).join("\n");
  const metrics = useMemo(() => names.split("\n"), [names]);
  return (
    <ul className={classes.lines}>
      {lines.map((line) => (
        <LineOf key={line.metric} line={line} metrics={metrics}>
          {line.metric === "cpu" && stats.cpu.per_core.length >= SINGLE_CORES && (
            <Cores cores={stats.cpu.per_core} />
          )}
        </LineOf>
      ))}
    </ul>
  );
}

interface LineOfProps {
  line: Line;
  /** Those of all lines, which are asked for together. */
  metrics: readonly string[];
  children: ReactNode;
}

function LineOf({ line, metrics, children }: LineOfProps) {
  const { metric, name, value, title, share, least } = line;
  return (
    <li className={classes.line}>
      <span className={classes.name} title={name}>
        {name}
      </span>
      <span className={classes.value} title={title}>
        {value}
      </span>
      <span className={classes.share}>
        {share !== null ? <Meter share={share} label={`${name} in use`} /> : null}
      </span>
      <HourSpark metrics={metrics} metric={metric} least={least} />
      {children}
    </li>
  );
}

type HourSparkProps = Pick<LineOfProps, "metrics"> & Pick<Line, "metric" | "least">;

/** Moves once a minute, while the numbers beside it move with each tick. */
const HourSpark = memo(function HourSpark({ metrics, metric, least }: HourSparkProps) {
  return <PastSpark chart={useLastHour(metrics).get(metric)} least={least} />;
});

function linesOf({ cpu, memory, swap, disks, network, gpus }: SystemStats): Line[] {
  return [
    { metric: "cpu", name: "CPU", value: percent(cpu.usage_percent), share: cpu.usage_percent, least: 100 },
    {
      metric: "memory",
      name: "Memory",
      value: bytes(memory.used),
      title: `${bytes(memory.used)} of ${bytes(memory.total)}`,
      share: memory.percent,
      least: 100,
    },
    ...(swap && swap.used > 0
      ? [{ metric: "swap", name: "Swap", value: bytes(swap.used), share: swap.percent, least: 100 }]
      : []),
    ...gpus.flatMap(gpuLines),
    ...fullest(disks).map(({ name, mount, total, used, percent: share }) => ({
      metric: `disk:${name}`,
      name: mount,
      value: `${bytes(total - used)} free`,
      title: `${bytes(used)} of ${bytes(total)} on ${name}`,
      share,
      least: 100,
    })),
    ...(network
      ? [
          {
            metric: "net_in",
            name: "Received",
            value: rate(network.received_per_second),
            share: null,
            least: 10_000,
          },
          {
            metric: "net_out",
            name: "Sent",
            value: rate(network.sent_per_second),
            share: null,
            least: 10_000,
          },
        ]
      : []),
  ];
}

function gpuLines({
  index,
  name,
  usage_percent,
  memory_used,
  memory_total,
}: SystemStats["gpus"][number]): Line[] {
  const usage = {
    metric: `gpu:${index}`,
    name,
    value: percent(usage_percent),
    share: usage_percent,
    least: 100,
  };
  if (memory_used === null) return [usage];
  const share = memory_total === null ? null : (100 * memory_used) / memory_total;
  const memory = { metric: `gpu:${index}:memory`, name: "GPU memory", value: bytes(memory_used), share };
  return [usage, { ...memory, least: memory_total ?? 0 }];
}

/** So many disks are shown, the fullest: the others are on the System place. */
const DISKS = 3;

function fullest(disks: SystemStats["disks"]): SystemStats["disks"] {
  return [...disks].sort((one, other) => other.percent - one.percent).slice(0, DISKS);
}
