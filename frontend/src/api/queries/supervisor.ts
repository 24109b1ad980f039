/** What is asked of the daemon about services and their health. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";
import type { ServiceRow, ServiceView } from "../types";

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

export const healthQuery = (id: string) =>
  queryOptions({
    queryKey: ["service", id, "health"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/services/{service_id}/health", { params: { path: { service_id: id } }, signal })),
  });
