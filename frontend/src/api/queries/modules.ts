/** What is asked of the daemon about what can be run. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";

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
