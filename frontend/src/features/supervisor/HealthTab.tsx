/** Whether a service was well: its newest probes as bars, its changes, and what is asked. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { healthQuery } from "@/api/queries/supervisor";
import type { HealthReport, ServiceView } from "@/api/types";
import { latency } from "@/design/format";
import { HealthMark } from "@/design/StatusMark";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { Fact } from "./Facts";
import classes from "./HealthTab.module.css";
import { ProbeStrip } from "./ProbeStrip";
import { checkWords, summary } from "./probing";
import { isUp } from "./statuses";

export default function HealthTab({ service }: { service: ServiceView }) {
  const { data, error, refetch } = useQuery({
    ...healthQuery(service.id),
    refetchInterval: ({ state }) => (isUp(service.status) ? pause(state.data?.check?.interval ?? 5) : false),
  });
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={2} height={120} />
    );
  if (data.check === null) return <NoCheck id={service.id} />;
  return (
    <div className={classes.health}>
      <section className={`panel ${classes.part}`} aria-label="Probes">
        <Numbers report={data} />
        {data.probes.length === 0 ? (
          <p className="muted">No probe yet{isUp(service.status) ? "" : ": it does not run"}.</p>
        ) : (
          <ProbeStrip probes={data.probes} />
        )}
        <p className="muted">{checkWords(data.check)}</p>
      </section>
      <Changes report={data} />
    </div>
  );
}

/** Looked at as often as it is probed, within reason; milliseconds. */
const pause = (interval: number) => Math.min(10, Math.max(2, interval)) * 1000;

function NoCheck({ id }: { id: string }) {
  return (
    <Empty
      title="Nobody asks whether it is well"
      action={
        <Link to="/services/$id/$tab" params={{ id, tab: "configuration" }}>
          Edit its definition
        </Link>
      }
    >
      <p>
        With a <code>port</code> it is asked whether that accepts connections; with a <code>health</code>{" "}
        whatever you say, for example <code>{'health: {http: "http://127.0.0.1:5678/healthz"}'}</code>
      </p>
    </Empty>
  );
}

function Numbers({ report }: { report: HealthReport }) {
  const { good, all, median, slowest } = summary(report.probes);
  return (
    <dl className={classes.numbers}>
      <Fact name="Now">{report.health === "none" ? "–" : <HealthMark health={report.health} />}</Fact>
      <Fact name="Well">
        {good} of {all}
      </Fact>
      <Fact name="Median">{latency(median)}</Fact>
      <Fact name="Slowest">{latency(slowest)}</Fact>
    </dl>
  );
}

function Changes({ report }: { report: HealthReport }) {
  if (report.changes.length === 0) return null;
  return (
    <section aria-label="Changes of health">
      <h2 className={classes.title}>Changes</h2>
      <ol className={`panel ${classes.changes}`}>
        {[...report.changes].reverse().map(({ at, health, trouble }) => (
          <li key={`${at} ${health}`}>
            <span className={classes.when}>
              <Ago at={at} />
            </span>
            {health === "none" ? <span className="muted">not asked</span> : <HealthMark health={health} />}
            <span className={classes.trouble}>{trouble}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
