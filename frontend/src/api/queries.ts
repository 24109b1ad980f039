/** Every question that the dashboard asks the daemon, and the cache key of its answer. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "./client";
import type { ServiceRow, ServiceView, SystemStats } from "./types";

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
