/** Every question that the dashboard asks the daemon, and the cache key of its answer. */
import { infiniteQueryOptions, keepPreviousData, queryOptions, skipToken } from "@tanstack/react-query";
import { answer, api } from "./client";
import type { Run, RunStatus, ServiceRow, ServiceView, SystemStats } from "./types";

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

const RUNS_A_PAGE = 50;

export interface RunSelection {
  module?: string;
  status?: RunStatus;
}

export const runsQuery = ({ module, status }: RunSelection, limit = RUNS_A_PAGE) =>
  infiniteQueryOptions({
    queryKey: ["runs", { module, status, limit }],
    queryFn: async ({ signal, pageParam }) => {
      const query = {
        limit,
        ...(module ? { module_id: module } : {}),
        ...(status ? { status } : {}),
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
