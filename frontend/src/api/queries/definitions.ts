/** What is asked of the daemon about what is configured. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";

export const configurationQuery = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }) => answer(api.GET("/api/config", { signal })),
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
