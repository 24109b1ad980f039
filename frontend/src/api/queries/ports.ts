/** What is asked of the daemon about ports and who holds them. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api } from "../client";

/** What is with the port of a service, and the ways out when somebody else has it. */
export const servicePortQuery = (id: string) =>
  queryOptions({
    queryKey: ["ports", "of", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/services/{service_id}/port", { params: { path: { service_id: id } }, signal })),
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
