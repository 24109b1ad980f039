/** What runs without anybody asking: when next, and what became of the last time. */
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { modulesQuery } from "@/api/queries/modules";
import { schedulesQuery } from "@/api/queries/schedules";
import { AddIcon } from "@/design/icons";
import { LinkButton } from "@/design/LinkButton";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useRowMoves } from "@/shell/rows";
import { SchedulesTabs } from "./SchedulesTabs";
import { ScheduleTable } from "./ScheduleTable";

export default function SchedulesPage() {
  const list = useRef<HTMLDivElement>(null);
  const { data, error, refetch } = useQuery(schedulesQuery);
  useRowMoves(list, "schedule");
  return (
    <div className="page" ref={list}>
      <div className="page-head">
        <h1>Schedules</h1>
        <div className="grow" />
        <NewSchedule />
      </div>
      <SchedulesTabs />
      {data ? (
        data.total > 0 ? (
          <ScheduleTable schedules={data.schedules} />
        ) : (
          <NoSchedules />
        )
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={5} height={52} />
      )}
    </div>
  );
}

export function NewSchedule() {
  return (
    <LinkButton to="/schedules/new" leftSection={<AddIcon size={14} />}>
      New schedule
    </LinkButton>
  );
}

function NoSchedules() {
  const modules = useQuery(modulesQuery).data?.total ?? 1;
  return (
    <Empty title="Nothing runs by itself yet" action={modules > 0 ? <NewSchedule /> : undefined}>
      <p>
        A schedule runs a module by the clock, after another module, or when files change. Make one here, or
        declare it with its module in control-center.yaml, for example
      </p>
      <p>
        <code>{'schedule: "0 6 * * 1-5"'}</code>
      </p>
    </Empty>
  );
}
