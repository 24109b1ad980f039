/** The parts of the machine by their names: what each has, how much of it is in use, and the last hour. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { statsQuery } from "@/api/queries/system";
import type { Chart, Drive, Gpu, Interface, SystemStats } from "@/api/types";
import { bytes, celsius, count, duration, percent, rate } from "@/design/format";
import { Meter } from "@/design/Meter";
import { PastSpark } from "@/design/PastSpark";
import { Failure, Skeletons } from "@/design/states";
import { useStaleness } from "@/live/context";
import { GpuPanel } from "./GpuPanel";
import classes from "./HardwareTab.module.css";
import { useLastHour } from "./history/useSeries";

export function HardwareTab() {
  const { data, error, refetch } = useQuery(statsQuery);
  const stale = useStaleness("system");
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={3} height={160} />
    );
  return (
    <>
      {stale !== null && <p className="muted small">These numbers are {stale} s old.</p>}
      <div className={stale === null ? classes.parts : `${classes.parts} stale`}>
        <Parts stats={data} />
      </div>
    </>
  );
}

function Parts({ stats }: { stats: SystemStats }) {
  const { disks, networks, temperatures, fans, battery, gpus } = stats;
  const past = useLastHour(metricsOf(stats));
  return (
    <>
      {gpus.map((gpu) => (
        <GpuPanel key={gpu.index} gpu={gpu} past={past} />
      ))}
      {disks.length > 0 && <Disks disks={disks} past={past} />}
      {networks.length > 0 && <Networks networks={networks} past={past} />}
      {(temperatures.length > 0 || fans.length > 0 || battery) && <Sensors stats={stats} past={past} />}
    </>
  );
}

function metricsOf({ disks, networks, temperatures, gpus }: SystemStats): string[] {
  return [
    ...gpus.flatMap(({ index }: Gpu) => [`gpu:${index}`, `gpu:${index}:memory`, `gpu:${index}:temperature`]),
    ...disks.map(({ name }) => `disk:${name}`),
    ...networks.flatMap(({ name }) => [`net:${name}:in`, `net:${name}:out`]),
    ...temperatures.map(({ name }) => `temperature:${name}`),
  ];
}

export type PastHour = ReadonlyMap<string, Chart>;

function Disks({ disks, past }: { disks: readonly Drive[]; past: PastHour }) {
  return (
    <Table caption="Disks" kept={3} heads={["Disk", "In use", "Free", "Read", "Written", "Last hour"]}>
      {disks.map(({ name, mount, total, used, percent: share, read_per_second, write_per_second }) => (
        <tr key={`${name} ${mount}`}>
          <th scope="row" className={classes.name}>
            <span>{mount}</span> <span className="muted">{name}</span>
          </th>
          <td className={classes.share}>
            <Meter share={share} label={`${mount} in use`} />
            <span title={`${count(used)} of ${count(total)} bytes`}>{percent(share)}</span>
          </td>
          <td className="number">
            {bytes(total - used)} <span className="muted">of {bytes(total)}</span>
          </td>
          <td className={`number ${classes.spare}`}>{rate(read_per_second)}</td>
          <td className={`number ${classes.spare}`}>{rate(write_per_second)}</td>
          <td className={`${classes.line} ${classes.spare}`}>
            <PastSpark chart={past.get(`disk:${name}`)} least={100} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Below it a line stays flat: bytes a second. */
const QUIET = 10_000;

function Networks({ networks, past }: { networks: readonly Interface[]; past: PastHour }) {
  return (
    <Table
      caption="Networks"
      kept={3}
      heads={["Network", "Received", "Sent", "Received, last hour", "Sent, last hour"]}
    >
      {networks.map(({ name, in_per_second, out_per_second, up }) => (
        <tr key={name} className={up ? undefined : "muted"}>
          <th scope="row" className={classes.name}>
            {name} {!up && <span className="muted">down</span>}
          </th>
          <td className="number">{rate(in_per_second)}</td>
          <td className="number">{rate(out_per_second)}</td>
          <td className={`${classes.line} ${classes.spare}`}>
            <PastSpark chart={past.get(`net:${name}:in`)} least={QUIET} />
          </td>
          <td className={`${classes.line} ${classes.spare}`}>
            <PastSpark chart={past.get(`net:${name}:out`)} least={QUIET} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Sensors({ stats, past }: { stats: SystemStats; past: PastHour }) {
  const { temperatures, fans, battery } = stats;
  return (
    <Table caption="Sensors" kept={2} heads={["Sensor", "Now", "Hot from", "Last hour"]}>
      {temperatures.map(({ name, celsius: value, high, critical }) => (
        <tr key={`temperature ${name}`}>
          <th scope="row" className={classes.name}>
            {name}
          </th>
          <td className="number" data-hot={high !== null && value >= high ? "" : undefined}>
            {celsius(value)}
          </td>
          <td className={`number muted ${classes.spare}`}>{celsius(high ?? critical)}</td>
          <td className={`${classes.line} ${classes.spare}`}>
            <PastSpark chart={past.get(`temperature:${name}`)} least={high ?? critical ?? 0} />
          </td>
        </tr>
      ))}
      {fans.map(({ name, rpm }) => (
        <Plain key={`fan ${name}`} name={name} value={`${count(rpm)} rpm`} />
      ))}
      {battery && <Plain name="Battery" value={batteryWords(battery)} />}
    </Table>
  );
}

function Plain({ name, value }: { name: string; value: string }) {
  return (
    <tr>
      <th scope="row" className={classes.name}>
        {name}
      </th>
      <td className="number">{value}</td>
      <td className={classes.spare} />
      <td className={classes.spare} />
    </tr>
  );
}

function batteryWords({
  percent: share,
  plugged,
  seconds_left,
}: NonNullable<SystemStats["battery"]>): string {
  if (plugged) return `${percent(share)}, on mains`;
  return seconds_left === null ? percent(share) : `${percent(share)}, ${duration(seconds_left)} left`;
}

interface TableProps {
  caption: string;
  heads: string[];
  /** So many columns there are room for on a telephone. */
  kept: number;
  children: ReactNode;
}

function Table({ caption, heads, kept, children }: TableProps) {
  return (
    <section className={classes.part} aria-label={caption}>
      <h2>{caption}</h2>
      <div className="table-frame">
        <table className={`table ${classes.table}`}>
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              {heads.map((head, index) => (
                <th key={head} scope="col" className={index >= kept ? classes.spare : undefined}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
    </section>
  );
}
