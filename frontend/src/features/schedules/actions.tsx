/** What people do to a schedule: what was sent, and what the daemon answered. */
import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { answer, api } from "@/api/client";
import { schedulesQuery } from "@/api/queries/schedules";
import type { Schedule } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { PauseIcon, StartIcon } from "@/design/icons";
import { Failure } from "@/design/states";
import { useOffline } from "@/live/context";

export interface ScheduleCommands {
  run: () => void;
  toggle: () => void;
  buttons: ReactNode;
  /** Why the last one was refused; null where none was. */
  refusal: ReactNode;
}

export function useScheduleCommands({ id, name, paused }: Schedule): ScheduleCommands {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const offline = useOffline();
  const path = { params: { path: { schedule_id: id } } };
  const toggling = useMutation({
    mutationFn: () =>
      answer(
        paused
          ? api.POST("/api/schedules/{schedule_id}/resume", path)
          : api.POST("/api/schedules/{schedule_id}/pause", path),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: schedulesQuery.queryKey }),
  });
  const running = useMutation({
    mutationFn: () => answer(api.POST("/api/schedules/{schedule_id}/run", path)),
    onSuccess: ({ run_id }) => void navigate({ to: "/runs/$id/$tab", params: { id: run_id, tab: "log" } }),
  });
  const run = () => {
    if (!running.isPending && offline === null) running.mutate();
  };
  const toggle = () => {
    if (!toggling.isPending && offline === null) toggling.mutate();
  };
  const error = toggling.error ?? running.error;
  const why = offline === null ? {} : { title: offline, disabled: true };
  return {
    run,
    toggle,
    refusal: error && <Failure error={error} />,
    buttons: (
      <>
        <Button
          variant="default"
          leftSection={paused ? <StartIcon size={14} /> : <PauseIcon size={14} />}
          aria-label={`${paused ? "Resume" : "Pause"}: ${name}`}
          disabled={toggling.isPending}
          onClick={toggle}
          {...why}
        >
          {paused ? "Resume" : "Pause"}
        </Button>
        <Button
          variant="default"
          aria-label={`Run now: ${name}`}
          disabled={running.isPending}
          onClick={run}
          {...why}
        >
          {running.isPending ? "Asking…" : "Run now"}
        </Button>
      </>
    ),
  };
}

export function DeleteSchedule({ schedule }: { schedule: Schedule }) {
  const [asking, setAsking] = useState(false);
  const offline = useOffline();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const removing = useMutation({
    mutationFn: () => {
      const path = { params: { path: { schedule_id: schedule.id } } };
      const asked = api.DELETE("/api/schedules/{schedule_id}", path);
      return answer(asked.then((told) => ({ ...told, data: null }))); // there is nothing to tell of what is gone
    },
    onSuccess: async () => {
      await navigate({ to: "/schedules" });
      await cache.invalidateQueries({ queryKey: schedulesQuery.queryKey });
    },
  });
  return (
    <>
      <Button
        variant="default"
        disabled={offline !== null}
        title={offline ?? undefined}
        onClick={() => setAsking(true)}
      >
        Delete
      </Button>
      <Dialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Delete the schedule ${schedule.name}?`}
      >
        <p>It runs nothing any more. Its runs stay, also one that goes now.</p>
        {removing.error && <Failure error={removing.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            No
          </Button>
          <Button data-autofocus loading={removing.isPending} onClick={() => removing.mutate()}>
            Delete
          </Button>
        </Group>
      </Dialog>
    </>
  );
}
