/** The state of a form: what was typed, what of it is wrong, and asking for the run. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, Refused } from "@/api/client";
import { savedParametersQuery } from "@/api/queries/modules";
import type { Module } from "@/api/types";
import { useDraft } from "@/features/definitions/draft";
import { type Draft, type Drafts, draftsOf, given } from "./form";
import { usePreview } from "./preview";

/** `begins` are the values that the form begins with; `name` keeps its draft apart from those of others. */
export function useRunForm(module: Module, name: string, begins: Record<string, unknown>) {
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [kept, keep] = useDraft<Drafts>(`run:${name}`);
  const [secrets, setSecrets] = useState<Drafts>({});
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [save, setSave] = useState(true);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const drafts = { ...draftsOf(module.parameters, begins), ...kept, ...secrets };
  const parameters = given(module.parameters, drafts);
  const checked = usePreview(module, parameters);

  const change = (parameter: string, draft: Draft) => {
    const secret = module.parameters.some((one) => one.name === parameter && one.secret);
    if (secret) setSecrets({ ...secrets, [parameter]: draft });
    else keep({ ...kept, [parameter]: draft });
    setTouched(new Set(touched).add(parameter));
    setError(null);
  };
  const reset = () => {
    keep(null);
    setSecrets({});
    setTouched(new Set());
    setError(null);
  };
  const forget = async () => {
    try {
      await answer(
        api.DELETE("/api/modules/{module_id}/config", { params: { path: { module_id: module.id } } }),
      );
      reset();
      await cache.invalidateQueries({ queryKey: savedParametersQuery(module.id).queryKey });
    } catch (refused) {
      setError(refused);
    }
  };
  const launch = async () => {
    setTouched(new Set(module.parameters.map((one) => one.name)));
    setSending(true);
    setError(null);
    try {
      const { run_id } = await answer(
        api.POST("/api/modules/{module_id}/run", {
          params: { path: { module_id: module.id } },
          body: { parameters, save_config: save },
        }),
      );
      keep(null);
      void cache.invalidateQueries({ queryKey: savedParametersQuery(module.id).queryKey });
      await navigate({ to: "/runs/$id/$tab", params: { id: run_id, tab: "log" } });
    } catch (refused) {
      setError(refused);
    } finally {
      setSending(false);
    }
  };
  const faults = { ...seen(checked.preview?.faults ?? [], touched), ...refusedFields(error) };
  const typed = kept !== null || Object.keys(secrets).length > 0;
  return {
    drafts,
    parameters,
    change,
    reset,
    forget,
    typed,
    faults,
    save,
    setSave,
    sending,
    error,
    launch,
    checked,
  };
}

/** What is wrong with the fields that someone has been at: an untouched form does not begin with reproaches. */
function seen(faults: readonly { name: string; message: string }[], touched: ReadonlySet<string>) {
  return Object.fromEntries(
    faults.filter(({ name }) => touched.has(name)).map(({ name, message }) => [name, message]),
  );
}

const WHERE = "parameters.";

function refusedFields(error: unknown): Record<string, string> {
  if (!(error instanceof Refused)) return {};
  return Object.fromEntries(
    error.problem.fields
      .filter(({ where }) => where.startsWith(WHERE))
      .map(({ where, message }) => [where.slice(WHERE.length), message]),
  );
}
