/** What is asked of the daemon about how the control center itself is. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";

export const diagnosticsQuery = queryOptions({
  queryKey: ["diagnostics"],
  queryFn: ({ signal }) => answer(api.GET("/api/diagnostics", { signal })),
});
