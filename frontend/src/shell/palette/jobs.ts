/** Modules to run, what runs and ran, and schedules. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { modulesQuery } from "@/api/queries/modules";
import { activeRunsQuery, runsQuery } from "@/api/queries/runs";
import { schedulesQuery } from "@/api/queries/schedules";
import type { Run, Schedule } from "@/api/types";
import { ModulesIcon, PauseIcon, RunsIcon, SchedulesIcon, StartIcon, StopIcon } from "@/design/icons";
import { isActive, statusName } from "@/features/runs/statuses";
import { useOffline } from "@/live/context";
import { useTelling } from "../Telling";
import type { Entry } from "./entries";

export function useModuleEntries(): Entry[] {
  const modules = useQuery(modulesQuery).data?.modules ?? [];
  const navigate = useNavigate();
  return modules
    .filter(({ enabled }) => enabled)
    .map(({ id, name, category, tags, unavailable }) => ({
      id: `module ${id}`,
      title: `Run ${name}`,
      kind: "Module",
      note: unavailable ?? category,
      also: [id, ...tags].join(" "),
      Icon: ModulesIcon,
      run: () => void navigate({ to: "/modules/$id", params: { id } }),
    }));
}

/** So many runs of the past are offered. */
const LAST_RUNS = 20;

export function useRunEntries(): Entry[] {
  const active = useQuery(activeRunsQuery).data ?? [];
  const past = useInfiniteQuery(runsQuery({}, LAST_RUNS)).data?.pages[0]?.runs ?? [];
  const navigate = useNavigate();
  const tell = useTelling();
  const offline = useOffline() !== null;
  const open = ({ run_id: id }: Run) => void navigate({ to: "/runs/$id/$tab", params: { id, tab: "log" } });
  const ended = past.filter(({ status }) => !isActive(status));
  return [...active, ...ended].flatMap((run) => {
    const of = { kind: "Run", note: `${statusName(run.status)} · ${run.run_id}`, also: run.run_id };
    const log: Entry = {
      ...of,
      id: `run ${run.run_id}`,
      title: `Log of the run of ${run.module_name}`,
      Icon: RunsIcon,
      run: () => open(run),
    };
    return isActive(run.status) && !offline ? [log, { ...of, ...cancelling(run, tell) }] : [log];
  });
}

type Offered = Pick<Entry, "id" | "title" | "Icon" | "question" | "run">;

function cancelling({ run_id, module_name, status }: Run, tell: ReturnType<typeof useTelling>): Offered {
  return {
    id: `cancel ${run_id}`,
    title: `Cancel the run of ${module_name}`,
    Icon: StopIcon,
    question: {
      title: `Cancel ${module_name}?`,
      lost:
        status === "queued"
          ? "It has not begun. It leaves the queue."
          : "Everything that it has started is ended with it.",
      verb: "Cancel the run",
    },
    run: () =>
      tell({
        saying: `Cancelling ${module_name}…`,
        act: async () => {
          await answer(api.DELETE("/api/runs/{run_id}", { params: { path: { run_id } } }));
          return `${module_name} is being cancelled.`;
        },
      }),
  };
}

export function useScheduleEntries(): Entry[] {
  const schedules = useQuery(schedulesQuery).data?.schedules ?? [];
  const cache = useQueryClient();
  const navigate = useNavigate();
  const tell = useTelling();
  const offline = useOffline() !== null;
  const moved = () => cache.invalidateQueries({ queryKey: schedulesQuery.queryKey });
  return schedules.flatMap((schedule) => {
    const { id, name, module_id, paused } = schedule;
    const of = { kind: "Schedule", note: paused ? "paused" : module_id, also: module_id };
    const path = { params: { path: { schedule_id: id } } };
    const run = async () => {
      const { run_id } = await answer(api.POST("/api/schedules/{schedule_id}/run", path));
      void navigate({ to: "/runs/$id/$tab", params: { id: run_id, tab: "log" } });
      return `${name} was started.`;
    };
    return [
      {
        ...of,
        id: `schedule ${id}`,
        title: `Schedule ${name}`,
        Icon: SchedulesIcon,
        run: () => void navigate({ to: "/schedules/$id", params: { id: String(id) } }),
      },
      ...(offline
        ? []
        : [
            {
              ...of,
              id: `run schedule ${id}`,
              title: `Run the schedule ${name} now`,
              Icon: StartIcon,
              run: () => tell({ saying: `Starting ${name}…`, act: run }),
            },
            {
              ...of,
              id: `pause schedule ${id}`,
              title: `${paused ? "Resume" : "Pause"} the schedule ${name}`,
              Icon: paused ? StartIcon : PauseIcon,
              run: () => tell({ saying: "Asking…", act: () => toggle(schedule).finally(moved) }),
            },
          ]),
    ];
  });
}

async function toggle({ id, name, paused }: Schedule): Promise<string> {
  const path = { params: { path: { schedule_id: id } } };
  await answer(
    paused
      ? api.POST("/api/schedules/{schedule_id}/resume", path)
      : api.POST("/api/schedules/{schedule_id}/pause", path),
  );
  return `${name} is ${paused ? "resumed" : "paused"}.`;
}
