import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { modulesQuery } from "@/api/queries/modules";
import type { Schedule } from "@/api/types";
import { useScheduleCommands } from "./actions";
import { Last } from "./Last";
import { Next } from "./Next";
import classes from "./ScheduleTable.module.css";
import { ruleWords } from "./words";

export function ScheduleTable({ schedules }: { schedules: readonly Schedule[] }) {
  const nameOf = useModuleNames();
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <caption className="unseen">Schedules</caption>
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col" className={classes.next}>
              Next
            </th>
            <th scope="col" className={classes.last}>
              Last
            </th>
            <th scope="col" className={classes.actions}>
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {schedules.map((one) => (
            <Row key={one.id} schedule={one} nameOf={nameOf} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  schedule: Schedule;
  nameOf: (module: string) => string;
}

function Row({ schedule, nameOf }: RowProps) {
  const { buttons, refusal } = useScheduleCommands(schedule);
  const { id, name, module_id: module, zone, last_error: error } = schedule;
  return (
    <tr data-schedule={id}>
      <td className={classes.name}>
        <Link to="/schedules/$id" params={{ id: String(id) }} className={classes.link} data-row>
          {name}
        </Link>
        <p className={`${classes.rule} muted`}>
          {[
            ...(nameOf(module) === name ? [] : [`runs ${nameOf(module)}`]),
            ruleWords(schedule, nameOf),
            ...(zone === null ? [] : [zone]),
          ].join(" · ")}
        </p>
        {error !== null && <p className={classes.error}>{error}</p>}
        {refusal}
      </td>
      <td>
        <Next schedule={schedule} />
      </td>
      <td>
        <Last schedule={schedule} />
      </td>
      <td>
        <div className={classes.buttons}>{buttons}</div>
      </td>
    </tr>
  );
}

/** Names of modules by their ids; of one that is not there its id. */
export function useModuleNames(): (module: string) => string {
  const modules = useQuery(modulesQuery).data?.modules ?? [];
  const names = new Map(modules.map(({ id, name }) => [id, name]));
  return (module) => names.get(module) ?? module;
}
