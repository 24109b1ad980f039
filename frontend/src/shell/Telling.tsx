/** What came of the last command that was given where nothing shows it: said at the lower edge, for a moment. */
import { type Mutation, useMutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { wordsFor } from "@/api/client";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ActionResult } from "@/api/types";
import { DismissButton } from "@/design/DismissButton";
import { ErrorIcon, OkIcon } from "@/design/icons";
import { type Command, SERVICE_ACTION } from "@/features/supervisor/commands";
import classes from "./Telling.module.css";

const TOLD = ["told"] as const;

/** Milliseconds that a success is said. */
const MOMENT = 6_000;

interface Told {
  /** "Pausing Nightly…" */
  saying: string;
  /** What was done, in words, once it is. */
  act: () => Promise<string>;
}

/** Does something and says what came of it. */
export function useTelling(): (told: Told) => void {
  const { mutate } = useMutation({ mutationKey: TOLD, mutationFn: ({ act }: Told) => act() });
  return mutate;
}

interface Said {
  at: number;
  status: "idle" | "pending" | "success" | "error";
  words: string;
  error: unknown;
  /** The service that it was about. */
  service: string | null;
}

export function Telling() {
  const said = useLastSaid();
  const [dismissed, setDismissed] = useState(0);
  const { at, status } = said ?? {};
  useEffect(() => {
    if (status !== "success" || at === undefined) return;
    const timer = setTimeout(() => setDismissed(at), MOMENT);
    return () => clearTimeout(timer);
  }, [status, at]);
  const shown = said && said.at > dismissed ? said : null;
  return (
    <div role="status" className={classes.place}>
      {shown && <Sentence said={shown} dismiss={() => setDismissed(shown.at)} />}
    </div>
  );
}

function Sentence({ said, dismiss }: { said: Said; dismiss: () => void }) {
  const { status, words, error, service } = said;
  const refused = status === "error" ? wordsFor(error) : null;
  return (
    <div className={classes.said} data-status={status}>
      {refused ? <ErrorIcon size={16} /> : status === "success" && <OkIcon size={16} />}
      <p>
        {refused ? (
          <>
            <strong>{refused.title}</strong> {refused.detail}
          </>
        ) : (
          words
        )}
      </p>
      {service !== null && (
        <Link to="/services/$id/$tab" params={{ id: service, tab: "logs" }} onClick={dismiss}>
          Show
        </Link>
      )}
      <DismissButton dismiss={dismiss} />
    </div>
  );
}

function useLastSaid(): Said | undefined {
  const services = useQueryClient().getQueryData(servicesQuery.queryKey)?.services;
  return useMutationState({
    filters: { predicate: isToldHere },
    select: ({ options, state }): Said => {
      const about = { at: state.submittedAt, status: state.status, error: state.error };
      if (options.mutationKey?.[0] === TOLD[0]) {
        const { saying } = state.variables as Told;
        return { ...about, words: state.status === "success" ? String(state.data) : saying, service: null };
      }
      const { id, action } = state.variables as Command;
      const name = services?.find((one) => one.id === id)?.name ?? id;
      const done = state.data as ActionResult | undefined;
      return { ...about, words: done?.message ?? `${SAYING[action]} ${name}…`, service: id };
    },
  }).at(-1);
}

const SAYING = { start: "Starting", stop: "Stopping", restart: "Restarting" } as const;

function isToldHere({ options, state }: Mutation): boolean {
  const [key] = options.mutationKey ?? [];
  return key === TOLD[0] || (key === SERVICE_ACTION[0] && (state.variables as Command).by === "palette");
}
