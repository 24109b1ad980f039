/** What is asked of the daemon about agents and their files. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import { FILES_A_PAGE } from "./knowledge";

export const agentStatsQuery = queryOptions({
  queryKey: ["agents", "stats"],
  queryFn: ({ signal }) => answer(api.GET("/api/agents/stats", { signal })),
});

const AGENTS_A_PAGE = 200;

/** The agents right below one, or those of the first level. */
export const agentsBelowQuery = (parent: string | null) =>
  queryOptions({
    queryKey: ["agents", "below", parent],
    queryFn: async ({ signal }) => {
      if (parent !== null) {
        const path = { params: { path: { agent_id: parent } }, signal };
        return (await answer(api.GET("/api/agents/{agent_id}/hierarchy", path))).children;
      }
      const query = { level: "L1" as const, page_size: AGENTS_A_PAGE };
      return (await answer(api.GET("/api/agents", { params: { query }, signal }))).agents;
    },
  });

/** Agents in whose name, role or id the words occur. */
export const foundAgentsQuery = (search: string) =>
  queryOptions({
    queryKey: ["agents", "found", search],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/agents", { params: { query: { search, page_size: AGENTS_A_PAGE } }, signal })),
    placeholderData: keepPreviousData,
  });

/** An agent with the one above it and those right below. */
export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", "agent", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/agents/{agent_id}/hierarchy", { params: { path: { agent_id: id } }, signal })),
  });

/** The files of an agent, the newest first. */
export const agentFilesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["agents", "files", id],
    queryFn: ({ signal, pageParam: offset }) => {
      const params = { path: { agent_id: id }, query: { limit: FILES_A_PAGE, offset } };
      return answer(api.GET("/api/agents/{agent_id}/knowledge", { params, signal }));
    },
    initialPageParam: 0,
    getNextPageParam: ({ total_files: total }, pages) => {
      const seen = pages.reduce((sum, { files }) => sum + files.length, 0);
      return seen < total ? seen : null;
    },
  });
