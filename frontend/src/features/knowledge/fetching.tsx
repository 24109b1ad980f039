/** Asking for what creators have made: what was sent, and what the daemon answered. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { answer, api } from "@/api/client";
import type { Creator } from "@/api/types";
import { Failure } from "@/design/states";
import { useOffline } from "@/live/context";
import { rereadSoon } from "@/live/reread";

/** Whom to fetch from: one creator, or all who are due. */
type Whom = { creator_id: string } | { due: true };

interface Fetching {
  button: ReactNode;
  /** What became of the last request; null before there was one. */
  outcome: ReactNode;
}

export function useFetching(whom: Whom, words: string, going: boolean): Fetching {
  const cache = useQueryClient();
  const offline = useOffline();
  const asking = useMutation({
    mutationFn: () => answer(api.POST("/api/knowledge/scan", { params: { query: whom } })),
    onSettled: () => rereadSoon(cache, "knowledge"),
  });
  const run = asking.data?.runs?.[0];
  return {
    button: (
      <Button
        variant="default"
        aria-label={words}
        title={offline ?? undefined}
        disabled={offline !== null || asking.isPending || going}
        onClick={() => asking.mutate()}
      >
        {going ? "Fetching…" : asking.isPending ? "Asking…" : "due" in whom ? words : "Fetch now"}
      </Button>
    ),
    outcome: asking.error ? (
      <Failure error={asking.error} />
    ) : asking.data ? (
      <p className="small" role="status">
        {run === undefined ? (
          asking.data.message
        ) : (
          <Link to="/runs/$id/$tab" params={{ id: run, tab: "log" }}>
            {asking.data.runs?.length === 1 ? "See its run" : "See the first of the runs"}
          </Link>
        )}
      </p>
    ) : null,
  };
}

export function useFetchingFrom({ id, name, fetching }: Pick<Creator, "id" | "name" | "fetching">): Fetching {
  return useFetching({ creator_id: id }, `Fetch now from ${name}`, fetching);
}
