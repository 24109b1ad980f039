/** j k move among the services of a list, and s r l act on the one that has the focus. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { RefObject } from "react";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ServiceView } from "@/api/types";
import { useKeys } from "@/shell/keys";
import { useRowMoves } from "@/shell/rows";
import { useCommands } from "./commands";
import { ACTIONS } from "./statuses";

export function useRowKeys(list: RefObject<HTMLElement | null>): void {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const run = useCommands();
  const focused = () => document.activeElement?.closest<HTMLElement>("[data-service]") ?? null;
  const withFocused = (act: (service: ServiceView) => void) => {
    const id = focused()?.dataset.service;
    const service = cache.getQueryData(servicesQuery.queryKey)?.services.find((one) => one.id === id);
    if (service) act(service);
  };
  useRowMoves(list, "service");
  useKeys([
    { keys: "s", does: "Start or stop the service", run: () => withFocused((one) => toggle(one, run)) },
    { keys: "r", does: "Restart the service", run: () => withFocused((one) => restart(one, run)) },
    {
      keys: "l",
      does: "Logs of the service",
      run: () =>
        withFocused(({ id }) => void navigate({ to: "/services/$id/$tab", params: { id, tab: "logs" } })),
    },
  ]);
}

type Run = ReturnType<typeof useCommands>;

export function toggle({ id, status }: ServiceView, run: Run): void {
  const action = ACTIONS[status][0];
  if (action) run(id, action, "key");
}

export function restart({ id, status }: ServiceView, run: Run): void {
  if (ACTIONS[status].includes("restart")) run(id, "restart", "key");
}
