/** One schedule: when it runs and with what, its next times, and what came of the last ones. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { modulesQuery } from "@/api/queries/modules";
import { schedulesQuery } from "@/api/queries/schedules";
import type { Module, Schedule } from "@/api/types";
import { LinkButton } from "@/design/LinkButton";
import { Empty, Failure, Skeletons } from "@/design/states";
import { UpLink } from "@/design/UpLink";
import { parameterLine } from "@/features/runs/words";
import { useKeys } from "@/shell/keys";
import { DeleteSchedule, useScheduleCommands } from "./actions";
import { Declared } from "./Declared";
import { byClock, draftOf, requestOf } from "./form";
import { Last } from "./Last";
import { Next } from "./Next";
import { NextTimes } from "./NextTimes";
import { usePreview } from "./preview";
import { ScheduleEvents } from "./ScheduleEvents";
import classes from "./SchedulePage.module.css";
import { useModuleNames } from "./ScheduleTable";
import { ruleWords, spanText } from "./words";

export default function SchedulePage() {
  const { id } = useParams({ from: "/schedules/$id" });
  const modules = useQuery(modulesQuery);
  const { data, error, refetch } = useQuery(schedulesQuery);
  if (!data || !modules.data)
    return (
      <div className="page">
        {(error ?? modules.error) ? (
          <Failure error={error ?? modules.error} retry={() => void refetch()} />
        ) : (
          <Skeletons count={3} height={90} />
        )}
      </div>
    );
  const schedule = data.schedules.find((one) => String(one.id) === id);
  if (!schedule) return <NoSuchSchedule />;
  const module = modules.data.modules.find((one) => one.id === schedule.module_id);
  return <Known schedule={schedule} module={module} localZone={data.local_zone} />;
}

export function NoSuchSchedule() {
  return (
    <div className="page">
      <Empty whole title="There is no such schedule" action={<Link to="/schedules">All schedules</Link>}>
        It may have been deleted, or its module is no longer declared.
      </Empty>
    </div>
  );
}

interface KnownProps {
  schedule: Schedule;
  module: Module | undefined;
  localZone: string;
}

function Known({ schedule, module, localZone }: KnownProps) {
  const navigate = useNavigate();
  const nameOf = useModuleNames();
  const { buttons, refusal, run, toggle } = useScheduleCommands(schedule);
  const { id, declared, last_error: error, paused } = schedule;
  useKeys([
    { keys: "u", does: "All schedules", run: () => void navigate({ to: "/schedules" }) },
    { keys: "s", does: paused ? "Resume the schedule" : "Pause the schedule", run: toggle },
    { keys: "r", does: "Run it now", run },
  ]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <UpLink to="/schedules">Schedules</UpLink>
          {schedule.name}
        </h1>
        <div className="grow" />
        <div className={classes.actions}>
          {buttons}
          {declared === null && (
            <>
              <LinkButton to="/schedules/$id/edit" params={{ id: String(id) }} variant="default">
                Change
              </LinkButton>
              <DeleteSchedule schedule={schedule} />
            </>
          )}
        </div>
      </div>
      {refusal}
      {error !== null && (
        <p className={classes.error} role="alert">
          Nothing was run the last time: {error}
        </p>
      )}
      {declared !== null && <Declared schedule={schedule} module={module} />}
      <div className={classes.columns}>
        <dl className={`panel ${classes.facts}`}>
          {facts(schedule, nameOf, localZone).map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
        {byClock(schedule.kind) && !paused && module && (
          <Times schedule={schedule} module={module} nameOf={nameOf} />
        )}
        <section aria-label="What happened" className={classes.part}>
          <h2>What happened</h2>
          <ScheduleEvents schedule={schedule} />
        </section>
      </div>
    </div>
  );
}

function Times({
  schedule,
  module,
  nameOf,
}: {
  schedule: Schedule;
  module: Module;
  nameOf: (id: string) => string;
}) {
  const draft = draftOf(schedule, module);
  const checked = usePreview(requestOf(draft, module), schedule.id);
  return <NextTimes draft={draft} nameOf={nameOf} checked={checked} asked title="Its next times" />;
}

function facts(one: Schedule, nameOf: (module: string) => string, localZone: string): [string, ReactNode][] {
  const clock = byClock(one.kind);
  return [
    [
      "Runs",
      <Link key="module" to="/modules/$id" params={{ id: one.module_id }}>
        {nameOf(one.module_id)}
      </Link>,
    ],
    ["When", ruleWords(one, nameOf)],
    ...(one.kind === "cron"
      ? [
          ["Expression", <code key="cron">{one.cron}</code>] as [string, ReactNode],
          ["Zone", one.zone ?? `${localZone}, this machine's`] as [string, ReactNode],
        ]
      : []),
    ["Next", <Next key="next" schedule={one} />],
    ["Last", <Last key="last" schedule={one} />],
    ...(clock
      ? [
          ["Missed times", one.missed === "skip" ? "are skipped" : "are made up for by one run"] as [
            string,
            ReactNode,
          ],
          ["Jitter", one.jitter === 0 ? "none" : `up to ${spanText(one.jitter)}`] as [string, ReactNode],
        ]
      : []),
    ...(one.settle === null
      ? []
      : [["Waits until", `nothing has changed for ${spanText(one.settle)}`] as [string, ReactNode]]),
    ["Overlap", one.overlap ? "runs though the run before still goes" : "one run at a time"],
    ["With", parameterLine(one.parameters) || "the defaults"],
  ];
}
