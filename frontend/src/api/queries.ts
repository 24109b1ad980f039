/** Every question that the dashboard asks the daemon, and the cache key of its answer. */
import { infiniteQueryOptions, keepPreviousData, queryOptions, skipToken } from "@tanstack/react-query";
import { startOf } from "@/design/format";
import { answer, api } from "./client";
import type {
  CallFlag,
  FileKind,
  FoundFile,
  KnowledgeFile,
  Run,
  RunStatus,
  ServiceRow,
  ServiceView,
  SystemStats,
} from "./types";

export function withoutFigures(row: ServiceRow): ServiceView {
  const { cpu_percent: _, memory_bytes: __, uptime_seconds: ___, ...service } = row;
  return service;
}

export const servicesQuery = queryOptions({
  queryKey: ["services"],
  queryFn: async ({ signal }) => {
    const { count, services } = await answer(api.GET("/api/services", { signal }));
    return { count, services: services.map(withoutFigures) };
  },
  // From then on the socket keeps it true.
  staleTime: Number.POSITIVE_INFINITY,
});

export const serviceQuery = (id: string) =>
  queryOptions({
    queryKey: ["service", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/services/{service_id}", { params: { path: { service_id: id } }, signal })),
  });

export const configurationQuery = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }) => answer(api.GET("/api/config", { signal })),
});

export const healthQuery = (id: string) =>
  queryOptions({
    queryKey: ["service", id, "health"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/services/{service_id}/health", { params: { path: { service_id: id } }, signal })),
  });

/** What is with the port of a service, and the ways out when somebody else has it. */
export const servicePortQuery = (id: string) =>
  queryOptions({
    queryKey: ["ports", "of", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/services/{service_id}/port", { params: { path: { service_id: id } }, signal })),
  });

/** The text of one service in the file, and the revision that a change of it must name. */
export const blockQuery = (id: string) =>
  queryOptions({
    queryKey: ["service", id, "block"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/services/{service_id}/definition", { params: { path: { service_id: id } }, signal }),
      ),
  });

/** What stands in the file of definitions, but is not running so yet. */
export const pendingQuery = queryOptions({
  queryKey: ["config", "plan"],
  queryFn: ({ signal }) => answer(api.GET("/api/config/plan", { signal })),
});

export const statsQuery = queryOptions({
  queryKey: ["system", "stats"],
  queryFn: ({ signal }): Promise<SystemStats> => answer(api.GET("/api/system/stats", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const systemInfoQuery = queryOptions({
  queryKey: ["system", "info"],
  queryFn: ({ signal }) => answer(api.GET("/api/system/info", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export type ProcessOrder = "cpu" | "memory";

export const processesQuery = (sort: ProcessOrder) =>
  queryOptions({
    queryKey: ["system", "processes", sort],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/system/processes", { params: { query: { limit: 100, sort } }, signal })),
    refetchInterval: 3_000,
    placeholderData: keepPreviousData,
  });

export const portsQuery = (range: { start: number | undefined; end: number | undefined }) =>
  queryOptions({
    queryKey: ["ports", range],
    queryFn: ({ signal }) => {
      const query = {
        ...(range.start === undefined ? {} : { start: range.start }),
        ...(range.end === undefined ? {} : { end: range.end }),
      };
      return answer(api.GET("/api/system/ports", { params: { query }, signal }));
    },
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
  });

export const portQuery = (port: number) =>
  queryOptions({
    queryKey: ["ports", port],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/system/ports/{port}", { params: { path: { port } }, signal })),
  });

export const diagnosticsQuery = queryOptions({
  queryKey: ["diagnostics"],
  queryFn: ({ signal }) => answer(api.GET("/api/diagnostics", { signal })),
});

const EVENTS_A_PAGE = 50;

export const eventsQuery = (subject: string) =>
  infiniteQueryOptions({
    queryKey: ["events", subject],
    queryFn: ({ signal, pageParam }) => {
      const query = { subject, limit: EVENTS_A_PAGE, ...(pageParam === null ? {} : { before: pageParam }) };
      return answer(api.GET("/api/events", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });

/** All modules with their statistics, and what is wrong with definitions of others. */
export const modulesQuery = queryOptions({
  queryKey: ["modules"],
  queryFn: ({ signal }) => answer(api.GET("/api/modules", { signal })),
});

/** What a form begins with: the defaults, and over them what was saved. */
export const savedParametersQuery = (id: string) =>
  queryOptions({
    queryKey: ["module", id, "config"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/modules/{module_id}/config", { params: { path: { module_id: id } }, signal })),
  });

/** Values of a module that were given names. */
export const presetsQuery = (id: string) =>
  queryOptions({
    queryKey: ["module", id, "presets"],
    queryFn: async ({ signal }) => {
      const path = { params: { path: { module_id: id } }, signal };
      return (await answer(api.GET("/api/modules/{module_id}/presets", path))).presets;
    },
  });

/** The runs that have not finished. Only the socket tells them. */
export const activeRunsQuery = queryOptions<Run[]>({ queryKey: ["active runs"], queryFn: skipToken });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: async ({ signal }) => {
      const { run: _, ...run } = await answer(
        api.GET("/api/runs/{run_id}", { params: { path: { run_id: id } }, signal }),
      );
      return run as Run;
    },
  });

/** The files that a run has left so far, and what it reported. */
export const resultsQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id, "results"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/runs/{run_id}/results", { params: { path: { run_id: id } }, signal })),
  });

/** What a run has used so far; what it uses from then on the socket tells. */
export const runUsageQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id, "usage"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/runs/{run_id}/usage", { params: { path: { run_id: id } }, signal })),
  });

const RUNS_A_PAGE = 50;

export interface RunSelection {
  module?: string;
  status?: RunStatus;
  /** Words that occur in it. */
  q?: string;
  /** Asked for within so many hours. */
  hours?: number;
  /** Asked for on this day or later, and on this day or earlier: local days, as 2026-11-21. */
  from?: string;
  to?: string;
}

/** The parameters of the API for it, as of now. */
function asQuery({ module, status, q, hours, from, to }: RunSelection) {
  const since = hours ? new Date(Date.now() - hours * 3_600_000) : from && startOf(from);
  const until = to && startOf(to, 1);
  return {
    ...(module ? { module_id: module } : {}),
    ...(status ? { status } : {}),
    ...(q ? { q } : {}),
    ...(since ? { since: since.toISOString() } : {}),
    ...(until ? { until: until.toISOString() } : {}),
  };
}

export const runsQuery = (selection: RunSelection, limit = RUNS_A_PAGE) =>
  infiniteQueryOptions({
    queryKey: ["runs", { ...selection, limit }],
    queryFn: async ({ signal, pageParam }) => {
      const query = {
        limit,
        ...asQuery(selection),
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      const page = await answer(api.GET("/api/runs", { params: { query }, signal }));
      return { ...page, runs: page.runs as Run[] };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
  });

/** What the last `days` days have cost, in every way that the Usage place shows it. */
export const usageQuery = (days: number) =>
  queryOptions({
    queryKey: ["usage", days],
    queryFn: async ({ signal }) => {
      const params = { query: { days } };
      const [summary, history, byModel, byService, budgets] = await Promise.all([
        answer(api.GET("/api/usage/summary", { params, signal })),
        answer(api.GET("/api/usage/history", { params, signal })),
        answer(api.GET("/api/usage/by-model", { params, signal })),
        answer(api.GET("/api/usage/by-service", { params, signal })),
        answer(api.GET("/api/usage/budgets", { signal })),
      ]);
      return {
        summary,
        days: history.days,
        models: byModel.models,
        services: byService.services,
        budgets: budgets.budgets,
      };
    },
    refetchInterval: USAGE_SECONDS * 1000,
    placeholderData: keepPreviousData,
  });

const USAGE_SECONDS = 10;
const CALLS_A_PAGE = 50;

/** Calls of the last `days` days: of a service, of a model, with a fault. */
export interface CallSelection {
  days: number;
  service?: string;
  model?: string;
  flag?: CallFlag;
}

/** Single calls, the newest first. */
export const callsQuery = (selection: CallSelection) =>
  infiniteQueryOptions({
    queryKey: ["usage", "calls", selection],
    queryFn: ({ signal, pageParam }) => {
      const query = {
        ...selection,
        limit: CALLS_A_PAGE,
        ...(pageParam === null ? {} : { cursor: pageParam }),
      };
      return answer(api.GET("/api/usage/calls", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    refetchInterval: USAGE_SECONDS * 1000,
    placeholderData: keepPreviousData,
  });

/** All schedules, and the zone of the machine. */
export const schedulesQuery = queryOptions({
  queryKey: ["schedules"],
  queryFn: ({ signal }) => answer(api.GET("/api/schedules", { signal })),
});

/** What happened to one schedule. */
export const scheduleEventsQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["events", "schedule", id],
    queryFn: ({ signal, pageParam }) => {
      const query = {
        area: "schedules",
        subject: String(id),
        limit: EVENTS_A_PAGE,
        ...(pageParam === null ? {} : { before: pageParam }),
      };
      return answer(api.GET("/api/events", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });

/** `days` days from the day `from` on, as they are in `zone`. */
export const calendarQuery = (from: string, days: number, zone: string) =>
  queryOptions({
    queryKey: ["calendar", from, days, zone],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/schedules/calendar", { params: { query: { from, days, zone } }, signal })),
    // Runs come and end by themselves; what people change is told by events.
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });

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

const FILES_A_PAGE = 30;

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
