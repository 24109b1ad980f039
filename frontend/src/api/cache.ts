import { QueryClient } from "@tanstack/react-query";
import { Refused } from "./client";

/** A refusal is an answer and is not asked for again; silence is, twice. */
export function makeCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (failures, error) => !(error instanceof Refused) && failures < 2,
        // The daemon is on this machine: whether the browser believes in a network says nothing about it.
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
