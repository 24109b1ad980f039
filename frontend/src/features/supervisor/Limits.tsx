/** What a service may use: how much of each limit is used, and whether the system holds it or it is only watched. */
import { useQuery } from "@tanstack/react-query";
import { serviceQuery } from "@/api/queries/supervisor";
import type { LimitInForce, ServiceDetail, ServiceView } from "@/api/types";
import { bytes, duration, percent } from "@/design/format";
import { Meter } from "@/design/Meter";
import type { Figures } from "@/live/board";
import { useLive, useServiceRevision } from "@/live/context";
import classes from "./Limits.module.css";
import { isUp } from "./statuses";

type LimitName = LimitInForce["limit"];

const WORDS: Record<LimitName, string> = {
  memory: "Memory",
  cpu: "CPU",
  processes: "Processes",
  priority: "Priority",
  affinity: "Processors",
};

const NAMES = Object.keys(WORDS) as LimitName[];

export function LimitsPanel({ service }: { service: ServiceView }) {
  const { data } = useQuery(serviceQuery(service.id));
  const declared = data?.limits;
  if (!data || !declared) return null;
  const limits = NAMES.filter((name) => hasValue(declared[name]));
  if (limits.length === 0) return null;
  const sustain = declared.sustain;
  return (
    <section className={`panel ${classes.limits}`} aria-label="Limits">
      <h2>Limits</h2>
      <ul>
        {limits.map((name) => (
          <Limit key={name} name={name} value={declared[name]} detail={data} up={isUp(service.status)} />
        ))}
      </ul>
      {typeof sustain === "number" && data.limits_in_force.some(({ by }) => by === WATCHING) && (
        <p className="muted small">
          What is only watched is looked at every two seconds: above a limit for {duration(sustain)}, the
          service is ended, which counts as a crash.
        </p>
      )}
    </section>
  );
}

/** What the daemon calls a limit that it looks after itself. */
const WATCHING = "watching";

const hasValue = (value: unknown) =>
  value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);

interface LimitProps {
  name: LimitName;
  value: unknown;
  detail: ServiceDetail;
  up: boolean;
}

function Limit({ name, value, detail, up }: LimitProps) {
  const held = detail.limits_in_force.find(({ limit }) => limit === name);
  return (
    <li className={classes.limit}>
      <span className={classes.name}>{WORDS[name]}</span>
      <span className={classes.value}>{held?.value ?? limitWords(name, value)}</span>
      {typeof value === "number" && up ? (
        <Use name={name} most={value} detail={detail} />
      ) : (
        <span className={classes.use} />
      )}
      <span className={classes.by} data-kind={kindOf(held)}>
        {byWords(held, up)}
      </span>
    </li>
  );
}

const kindOf = (held: LimitInForce | undefined) =>
  held === undefined ? "idle" : held.enforced ? "enforced" : held.by === WATCHING ? "watched" : "not";

/** "Enforced: control group version 1" */
function byWords(held: LimitInForce | undefined, up: boolean): string {
  if (held === undefined) return up ? "" : "in force once it runs";
  if (held.enforced) return `enforced: ${held.by}`;
  return held.by === WATCHING ? "only watched" : held.by;
}

function limitWords(name: LimitName, value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "number") return String(value);
  return name === "memory" ? bytes(value) : name === "cpu" ? `${value} %` : String(value);
}

const USED: Partial<
  Record<LimitName, (figures: Figures | undefined, detail: ServiceDetail) => number | null | undefined>
> = {
  memory: (figures) => figures?.memory,
  cpu: (figures) => figures?.cpu,
  processes: (_, detail) => detail.processes.length,
};

/** How much of the limit is used now. */
function Use({ name, most, detail }: { name: LimitName; most: number; detail: ServiceDetail }) {
  const live = useLive();
  useServiceRevision(detail.id);
  const used = USED[name]?.(live.targets.services.get(detail.id), detail);
  if (used == null) return <span className={classes.use} />;
  const words = name === "memory" ? bytes(used) : name === "cpu" ? percent(used) : String(used);
  return (
    <span className={classes.use}>
      <Meter share={(used / most) * 100} label={`${WORDS[name]} used of its limit`} />
      <span className="small">{words}</span>
    </span>
  );
}
