/** Cancel and run again: what was sent, and what the daemon answered. What then becomes of a run the socket tells. */
import { Button, Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { answer, api } from "@/api/client";
import type { Run } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { RestartIcon, StopIcon } from "@/design/icons";
import { Failure } from "@/design/states";
import { useOffline } from "@/live/context";
import { isActive } from "./statuses";
import { secondsOf, took } from "./words";

export interface RunCommands {
  cancel: () => void;
  again: () => void;
  /** The buttons, and the question that cancelling asks. */
  buttons: ReactNode;
  /** Why the last one was refused; null where none was. */
  refusal: ReactNode;
}

export function useRunCommands(run: Run): RunCommands {
  const navigate = useNavigate();
  const offline = useOffline();
  const [asking, setAsking] = useState(false);
  const path = { params: { path: { run_id: run.run_id } } };
  const cancelling = useMutation({ mutationFn: () => answer(api.DELETE("/api/runs/{run_id}", path)) });
  const rerunning = useMutation({
    mutationFn: () => answer(api.POST("/api/runs/{run_id}/rerun", path)),
    onSuccess: ({ run_id }) => void navigate({ to: "/runs/$id/$tab", params: { id: run_id, tab: "log" } }),
  });
  const active = isActive(run.status);
  const taken = cancelling.isPending || run.ending !== null;
  const cancel = () => {
    if (active && !taken && offline === null) setAsking(true);
  };
  const again = () => {
    if (!active && !rerunning.isPending && offline === null) rerunning.mutate();
  };
  const error = cancelling.error ?? rerunning.error;
  const why = { ...(offline === null ? {} : { title: offline, disabled: true }) };
  return {
    cancel,
    again,
    refusal: error && <Failure error={error} />,
    buttons: (
      <>
        {active ? (
          <Button
            variant="default"
            leftSection={<StopIcon size={14} />}
            onClick={cancel}
            disabled={taken}
            {...why}
          >
            {taken ? "Cancelling…" : "Cancel"}
          </Button>
        ) : (
          <Button
            leftSection={<RestartIcon size={14} />}
            onClick={again}
            disabled={rerunning.isPending}
            {...why}
          >
            {rerunning.isPending ? "Asking…" : "Run again"}
          </Button>
        )}
        <CancelQuestion
          run={run}
          opened={asking}
          yes={() => {
            setAsking(false);
            cancelling.mutate();
          }}
          no={() => setAsking(false)}
        />
      </>
    ),
  };
}

interface CancelQuestionProps {
  run: Run;
  opened: boolean;
  yes: () => void;
  no: () => void;
}

function CancelQuestion({ run, opened, yes, no }: CancelQuestionProps) {
  const seconds = secondsOf(run, Date.now());
  return (
    <Dialog opened={opened} onClose={no} title={`Cancel ${run.module_name}?`}>
      <p>
        {seconds === null
          ? "It has not begun. It leaves the queue."
          : `It has run for ${took(seconds)}. Everything that it has started is ended with it.`}
      </p>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={no}>
          No
        </Button>
        <Button data-autofocus onClick={yes}>
          Cancel the run
        </Button>
      </Group>
    </Dialog>
  );
}
