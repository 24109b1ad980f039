/**
 * Start, stop and restart: what was sent, what the daemon answered, and when to ask first.
 *
 * What then becomes of the service is never assumed here; the socket tells it.
 */
import { Button, Group } from "@mantine/core";
import { useMutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { answer, api } from "@/api/client";
import { configurationQuery } from "@/api/queries/definitions";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ActionResult } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { useOffline } from "@/live/context";
import { runningDependents, whatIsLost } from "./consequences";
import { type Action, isUp } from "./statuses";

export const SERVICE_ACTION = ["service-action"] as const;

const PATHS = {
  start: "/api/services/{service_id}/start",
  stop: "/api/services/{service_id}/stop",
  restart: "/api/services/{service_id}/restart",
} as const;

/** A key slips more easily than a click; what the palette is told is not shown where the person looks. */
export type Means = "click" | "key" | "palette";

export interface Command {
  id: string;
  action: Action;
  by: Means;
}

interface Question extends Command {
  name: string;
  lost: string;
}

type Run = (id: string, action: Action, by: Means) => void;

const CommandsContext = createContext<Run | null>(null);

export function useCommands(): Run {
  const run = useContext(CommandsContext);
  if (!run) throw new Error("useCommands needs a CommandsProvider above it");
  return run;
}

export function CommandsProvider({ children }: { children: ReactNode }) {
  const cache = useQueryClient();
  const offline = useOffline();
  const [question, setQuestion] = useState<Question | null>(null);
  const { mutate } = useMutation({
    mutationKey: SERVICE_ACTION,
    mutationFn: ({ id, action }: Command) =>
      answer<ActionResult>(api.POST(PATHS[action], { params: { path: { service_id: id } } })),
  });
  const run = useCallback<Run>(
    (id, action, by) => {
      const definitions = cache.getQueryData(configurationQuery.queryKey)?.services ?? {};
      const services = cache.getQueryData(servicesQuery.queryKey)?.services ?? [];
      const service = services.find((one) => one.id === id);
      if (offline !== null || !service) return;
      const dependents = action === "stop" ? runningDependents(id, definitions, services) : [];
      const asks = action !== "start" && isUp(service.status) && (by === "key" || dependents.length > 0);
      if (asks)
        setQuestion({
          id,
          action,
          by,
          name: service.name,
          lost: whatIsLost(service, dependents, Date.now()),
        });
      else mutate({ id, action, by });
    },
    [cache, mutate, offline],
  );
  const yes = () => {
    if (question) mutate({ id: question.id, action: question.action, by: question.by });
    setQuestion(null);
  };
  return (
    <CommandsContext value={run}>
      {children}
      <Confirmation question={question} yes={yes} no={() => setQuestion(null)} />
    </CommandsContext>
  );
}

function Confirmation({ question, yes, no }: { question: Question | null; yes: () => void; no: () => void }) {
  const verb = question?.action === "restart" ? "Restart" : "Stop";
  return (
    <Dialog opened={question !== null} onClose={no} title={`${verb} ${question?.name ?? ""}?`}>
      <p>{question?.lost}</p>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={no}>
          No
        </Button>
        <Button data-autofocus onClick={yes}>
          {verb}
        </Button>
      </Group>
    </Dialog>
  );
}

export interface Outcome {
  action: Action;
  status: "pending" | "success" | "error" | "idle";
  error: unknown;
  result: ActionResult | undefined;
  sentAt: number;
}

/** What became of the last command for a service; null when there was none, or it was dismissed. */
export function useOutcome(id: string): { outcome: Outcome | null; dismiss: () => void } {
  const cache = useQueryClient();
  const filters = {
    mutationKey: SERVICE_ACTION,
    predicate: (mutation: { state: { variables: unknown } }) =>
      (mutation.state.variables as Command | undefined)?.id === id,
  };
  const outcomes = useMutationState({
    filters,
    select: ({ state }): Outcome => ({
      action: (state.variables as Command).action,
      status: state.status,
      error: state.error,
      result: state.data as ActionResult | undefined,
      sentAt: state.submittedAt,
    }),
  });
  const dismiss = () => {
    const mutations = cache.getMutationCache();
    for (const mutation of mutations.findAll(filters)) mutations.remove(mutation);
  };
  return { outcome: outcomes.at(-1) ?? null, dismiss };
}
