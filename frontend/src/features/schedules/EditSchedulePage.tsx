import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { modulesQuery } from "@/api/queries/modules";
import { schedulesQuery } from "@/api/queries/schedules";
import { Empty, Failure, Skeletons } from "@/design/states";
import { UpLink } from "@/design/UpLink";
import { Declared } from "./Declared";
import { draftOf } from "./form";
import { ScheduleForm } from "./ScheduleForm";
import { NoSuchSchedule } from "./SchedulePage";

export default function EditSchedulePage() {
  const { id } = useParams({ from: "/schedules/$id/edit" });
  const modules = useQuery(modulesQuery);
  const schedules = useQuery(schedulesQuery);
  const error = modules.error ?? schedules.error;
  if (!modules.data || !schedules.data)
    return (
      <div className="page">
        {error ? (
          <Failure error={error} retry={() => void schedules.refetch()} />
        ) : (
          <Skeletons count={1} height={420} />
        )}
      </div>
    );
  const schedule = schedules.data.schedules.find((one) => String(one.id) === id);
  if (!schedule) return <NoSuchSchedule />;
  const module = modules.data.modules.find((one) => one.id === schedule.module_id);
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <UpLink to="/schedules/$id" params={{ id }}>
            {schedule.name}
          </UpLink>
          Change
        </h1>
      </div>
      {schedule.declared === null ? (
        <ScheduleForm
          begins={draftOf(schedule, module)}
          schedule={schedule}
          modules={modules.data.modules}
          localZone={schedules.data.local_zone}
        />
      ) : (
        <Empty title="It is changed where it is declared">
          <Declared schedule={schedule} module={module} />
        </Empty>
      )}
    </div>
  );
}
