/** One GPU: how busy, how full, how hot, and whose processes have its memory. */
import type { Gpu } from "@/api/types";
import { bytes, celsius, percent, watts } from "@/design/format";
import { Meter } from "@/design/Meter";
import { PastSpark } from "@/design/PastSpark";
import classes from "./GpuPanel.module.css";
import type { PastHour } from "./HardwareTab";
import { ServiceLink } from "./ProcessesTab";

export function GpuPanel({ gpu, past }: { gpu: Gpu; past: PastHour }) {
  const { index, vendor, name, driver, usage_percent, memory_used, memory_total, processes } = gpu;
  const share = memory_used !== null && memory_total ? (100 * memory_used) / memory_total : null;
  return (
    <section className={`panel ${classes.gpu}`} aria-label={`GPU ${index}, ${name}`}>
      <div className={classes.head}>
        <h2>{name}</h2>
        <span className="muted small">
          {[vendor, driver && `driver ${driver}`].filter(Boolean).join(" · ")}
        </span>
      </div>
      <dl className={classes.facts}>
        <Fact name="Busy" value={percent(usage_percent)} share={usage_percent}>
          <PastSpark chart={past.get(`gpu:${index}`)} least={100} />
        </Fact>
        <Fact
          name="Memory"
          value={
            memory_total === null ? bytes(memory_used) : `${bytes(memory_used)} of ${bytes(memory_total)}`
          }
          share={share}
        >
          <PastSpark chart={past.get(`gpu:${index}:memory`)} least={memory_total ?? 0} />
        </Fact>
        <Fact name="Temperature" value={celsius(gpu.temperature)} share={null}>
          <PastSpark chart={past.get(`gpu:${index}:temperature`)} least={100} />
        </Fact>
        <Fact name="Power" value={powerWords(gpu)} share={null} />
        {gpu.fan !== null && <Fact name="Fan" value={percent(gpu.fan)} share={null} />}
      </dl>
      {processes.length > 0 && <Processes gpu={gpu} />}
    </section>
  );
}

function powerWords({ power, power_limit }: Gpu): string {
  return power_limit === null ? watts(power) : `${watts(power)} of ${watts(power_limit)}`;
}

interface FactProps {
  name: string;
  value: string;
  share: number | null;
  children?: React.ReactNode;
}

function Fact({ name, value, share, children }: FactProps) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        {share !== null && <Meter share={share} label={`${name} in use`} />}
        {children}
      </dd>
    </div>
  );
}

function Processes({ gpu: { name, processes } }: { gpu: Gpu }) {
  return (
    <table className="table">
      <caption className="unseen">Processes on {name}</caption>
      <thead>
        <tr>
          <th scope="col" className="number">
            Pid
          </th>
          <th scope="col" className="number">
            GPU memory
          </th>
          <th scope="col">Service</th>
        </tr>
      </thead>
      <tbody>
        {processes.map(({ pid, memory, service }) => (
          <tr key={pid}>
            <td className="number">{pid}</td>
            <td className="number">{bytes(memory)}</td>
            <td>{service ? <ServiceLink id={service} /> : <span className="muted">none of ours</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
