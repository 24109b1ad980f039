/** The state of a schedule's form: what was typed, what of it is wrong, and saving it. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, Refused } from "@/api/client";
import { schedulesQuery } from "@/api/queries/schedules";
import type { Module, Schedule } from "@/api/types";
import { useDraft } from "@/features/definitions/draft";
import { type Draft, requestOf, unreadable } from "./form";
import { usePreview } from "./preview";

/** `schedule` is the one that is changed, null for a new one. */
export function useScheduleForm(begins: Draft, schedule: Schedule | null, modules: readonly Module[]) {
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [kept, keep] = useDraft<Draft>(`schedule:${schedule?.id ?? "new"}`);
  const [touched, setTouched] = useState(false);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const draft = kept ?? begins;
  const module = modules.find(({ id }) => id === draft.module);
  const wrong = unreadable(draft);
  const readable = draft.module !== "" && !wrong.every;
  const request = requestOf(draft, module);
  const checked = usePreview(readable ? request : null, schedule?.id ?? null);

  const change = (changes: Partial<Draft>) => {
    keep({ ...draft, ...changes });
    setTouched(true);
    setError(null);
  };
  const reset = () => {
    keep(null);
    setTouched(false);
    setError(null);
  };
  const save = async () => {
    setTouched(true);
    if (!readable || Object.keys(wrong).length > 0) return;
    setSending(true);
    setError(null);
    try {
      const { id } = await answer(
        schedule === null
          ? api.POST("/api/schedules", { body: request })
          : api.PUT("/api/schedules/{schedule_id}", {
              params: { path: { schedule_id: schedule.id } },
              body: request,
            }),
      );
      keep(null);
      await cache.invalidateQueries({ queryKey: schedulesQuery.queryKey });
      await navigate({ to: "/schedules/$id", params: { id: String(id) } });
    } catch (refused) {
      setError(refused);
    } finally {
      setSending(false);
    }
  };
  // A form that nobody has been at begins with no reproaches.
  const faults = {
    ...(touched || kept !== null ? { ...placed(checked.preview?.faults ?? []), ...wrong } : {}),
    ...refused(error),
  };
  return {
    draft,
    module,
    change,
    reset,
    typed: kept !== null,
    faults,
    sending,
    error,
    save,
    checked,
    readable,
  };
}

function placed(faults: readonly { where: string; message: string }[]): Record<string, string> {
  return Object.fromEntries(faults.map(({ where, message }) => [where.replace(/^body\./, ""), message]));
}

function refused(error: unknown): Record<string, string> {
  return error instanceof Refused && error.problem.status === 422 ? placed(error.problem.fields) : {};
}
