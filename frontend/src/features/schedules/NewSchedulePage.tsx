import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { modulesQuery } from "@/api/queries/modules";
import { schedulesQuery } from "@/api/queries/schedules";
import { Empty, Failure, Skeletons } from "@/design/states";
import { UpLink } from "@/design/UpLink";
import { newDraft } from "./form";
import { ScheduleForm } from "./ScheduleForm";

export default function NewSchedulePage() {
  const { module = "" } = useSearch({ from: "/schedules/new" });
  const modules = useQuery(modulesQuery);
  const schedules = useQuery(schedulesQuery);
  const error = modules.error ?? schedules.error;
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <UpLink to="/schedules">Schedules</UpLink>
          New schedule
        </h1>
      </div>
      {modules.data && schedules.data ? (
        modules.data.total === 0 ? (
          <Empty
            title="There is nothing to schedule yet"
            action={<Link to="/modules">See what a module is</Link>}
          >
            A schedule runs a module, and none is declared.
          </Empty>
        ) : (
          <ScheduleForm
            key={module}
            begins={newDraft(module)}
            schedule={null}
            modules={modules.data.modules}
            localZone={schedules.data.local_zone}
          />
        )
      ) : error ? (
        <Failure error={error} retry={() => void modules.refetch()} />
      ) : (
        <Skeletons count={1} height={420} />
      )}
    </div>
  );
}
