/** One end that nobody wanted: how, the last lines, what the machine did then, and what had changed before. */
import type { ReactNode } from "react";
import type { Crash } from "@/api/types";
import { bytes, count, duration, exactTime, percent } from "@/design/format";
import { LinkButton } from "@/design/LinkButton";
import { Opener } from "@/design/Opener";
import { Ago } from "@/design/time";
import { BundleButton } from "./BundleDialog";
import { Changes } from "./Changes";
import classes from "./Crash.module.css";
import { figuresOf } from "./figures";
import { Lines } from "./Lines";

interface CardProps {
  crash: Crash;
  open: boolean;
  toggle: () => void;
}

export function CrashCard({ crash, open, toggle }: CardProps) {
  const { exit, at, run_seconds, seen, service_id } = crash;
  return (
    <li className={`panel ${classes.crash}`} data-crash={crash.id}>
      <div className={classes.head}>
        <p className={classes.title}>
          <strong>{exitName(exit)}</strong> {exit.meaning}
        </p>
        <span className={`${classes.when} muted small`}>
          <Ago at={at} /> · ran {duration(run_seconds)}
        </span>
        {seen > 1 && <span className={classes.seen}>{count(seen)} times</span>}
        <Opener open={open} toggle={toggle} label={`Crash of ${exactTime(Date.parse(at))}`} />
      </div>
      {open && (
        <div className={classes.body}>
          {exit.hint && <p>{exit.hint}</p>}
          {crash.reason !== exitName(exit).toLowerCase() && <p className="muted">{crash.reason}</p>}
          <Seen crash={crash} />
          <Part title="Last lines">
            {crash.tail.length > 0 ? (
              <Lines label={`Last lines before ${exactTime(Date.parse(at))}`} lines={crash.tail} />
            ) : (
              <p className="muted">It printed nothing.</p>
            )}
          </Part>
          <div className={classes.columns}>
            <Part title="The machine then">
              <Figures figures={figuresOf(crash.machine).map(({ label, words }) => [label, words])} />
            </Part>
            <Part title={`What ${service_id} used`}>
              <Figures figures={usage(crash)} />
            </Part>
            <Part title="Changed in the hour before">
              <Changes changes={crash.changes} />
            </Part>
          </div>
          <div className={classes.ways}>
            <LinkButton to="/events/moment" search={{ at }} variant="default">
              Everything at that moment
            </LinkButton>
            <BundleButton at={at} services={[service_id]} />
          </div>
        </div>
      )}
    </li>
  );
}

/** Of a plain code the name is the number alone. */
function exitName({ name, code }: Crash["exit"]): string {
  if (name === "unknown") return "Ended";
  return name === String(code) ? `Exit code ${code}` : name;
}

function Seen({ crash: { seen, number, first_seen } }: { crash: Crash }) {
  if (seen <= 1) return <p className="muted small">The first that ended so.</p>;
  return (
    <p className="muted small">
      Number {count(number)} of {count(seen)} that ended so, the first <Ago at={first_seen} />.
    </p>
  );
}

function usage({ usage: { cpu, memory, peak_memory, cpu_seconds } }: Crash): [string, string][] {
  const figures: [string, string | null][] = [
    ["CPU", cpu === null ? null : percent(cpu)],
    ["Memory", memory === null ? null : bytes(memory)],
    ["Peak memory", peak_memory === null ? null : bytes(peak_memory)],
    ["CPU time", cpu_seconds === null ? null : duration(cpu_seconds)],
  ];
  return figures.filter((one): one is [string, string] => one[1] !== null);
}

function Figures({ figures }: { figures: readonly [string, string][] }) {
  if (figures.length === 0) return <p className="muted">Not known.</p>;
  return (
    <dl className={classes.figures}>
      {figures.map(([label, words]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.part}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
