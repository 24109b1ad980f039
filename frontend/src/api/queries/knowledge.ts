/** What is asked of the daemon about files, creators and the index. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { FileKind, FoundFile, KnowledgeFile } from "../types";

/** What stands in words, and what narrows it. */
export interface KnowledgeSelection {
  /** As the daemon understands it; empty for every file. */
  query: string;
  agent?: string;
  creator?: string;
  category?: string;
  type?: FileKind;
  /** Only those that something is wrong with; with no words. */
  faulty?: boolean;
}

export const FILES_A_PAGE = 30;

/** `sought` tells whether there were words. */
type FilePage = { total: number; files: (KnowledgeFile | FoundFile)[]; sought: boolean };

/** Files by words, the best first, or without words, the newest first. */
export const filesQuery = ({ query, ...narrowed }: KnowledgeSelection) =>
  infiniteQueryOptions({
    queryKey: ["knowledge", "files", { query, ...narrowed }],
    queryFn: async ({ signal, pageParam: offset }): Promise<FilePage> => {
      const { faulty, ...equal } = narrowed;
      const page = { ...equal, limit: FILES_A_PAGE, offset };
      if (query === "") {
        const params = { query: { ...page, ...(faulty ? { faulty } : {}) } };
        const { total, files } = await answer(api.GET("/api/knowledge/files", { params, signal }));
        return { total, files, sought: false };
      }
      const params = { query: { ...page, query } };
      const found = await answer(api.GET("/api/knowledge/search", { params, signal }));
      return { total: found.total_matches, files: found.results, sought: true };
    },
    initialPageParam: 0,
    getNextPageParam: ({ total }, pages) => {
      const seen = pages.reduce((sum, { files }) => sum + files.length, 0);
      return seen < total ? seen : null;
    },
    placeholderData: keepPreviousData,
  });

export const fileQuery = (id: string) =>
  queryOptions({
    queryKey: ["knowledge", "file", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/knowledge/files/{file_id}", { params: { path: { file_id: id } }, signal })),
  });

export const fileTextQuery = (id: string) =>
  queryOptions({
    queryKey: ["knowledge", "file", id, "text"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/knowledge/files/{file_id}/text", { params: { path: { file_id: id } }, signal })),
  });

/** How many files there are, of whom, and how the index stands: more often while all is looked through. */
export const knowledgeStatsQuery = queryOptions({
  queryKey: ["knowledge", "stats"],
  queryFn: ({ signal }) => answer(api.GET("/api/knowledge/stats", { signal })),
  refetchInterval: ({ state }) => (state.data?.scan ? 700 : 10_000),
});

export const creatorsQuery = queryOptions({
  queryKey: ["knowledge", "creators"],
  queryFn: ({ signal }) => answer(api.GET("/api/knowledge/creators", { signal })),
});

export const creatorQuery = (id: string) =>
  queryOptions({
    queryKey: ["knowledge", "creator", id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/knowledge/creators/{creator_id}", { params: { path: { creator_id: id } }, signal }),
      ),
  });

/** Scans and fetches, the newest first. */
export const knowledgeJobsQuery = queryOptions({
  queryKey: ["knowledge", "jobs"],
  queryFn: ({ signal }) => answer(api.GET("/api/knowledge/jobs", { signal })),
  refetchInterval: ({ state }) => (state.data?.jobs.some(({ status }) => isUnderWay(status)) ? 1_000 : false),
});

/** Whether a job of that status is still to end. */
function isUnderWay(status: string): boolean {
  return status === "queued" || status === "starting" || status === "running";
}
