/** What can be done with each service. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ServiceView } from "@/api/types";
import { CopyIcon, ListIcon, OpenIcon, RestartIcon, ServicesIcon, StartIcon, StopIcon } from "@/design/icons";
import { useCommands } from "@/features/supervisor/commands";
import { ACTIONS, isUp } from "@/features/supervisor/statuses";
import { useOffline } from "@/live/context";
import { useTelling } from "../Telling";
import type { Entry } from "./entries";
import { copy } from "./places";

const LOOK = {
  start: { verb: "Start", Icon: StartIcon },
  stop: { verb: "Stop", Icon: StopIcon },
  restart: { verb: "Restart", Icon: RestartIcon },
} as const;

export function useServiceEntries(): Entry[] {
  const services = useQuery(servicesQuery).data?.services ?? [];
  const navigate = useNavigate();
  const command = useCommands();
  const tell = useTelling();
  const offline = useOffline() !== null;
  const go = (id: string, tab: "logs" | "resources" | "configuration") => () =>
    void navigate({ to: "/services/$id/$tab", params: { id, tab } });
  return services.flatMap((service) => {
    const { id, name, status } = service;
    const also = [id, ...service.tags].join(" ");
    const entry = (what: string, title: string, Icon: Entry["Icon"], run: () => void): Entry => ({
      id: `${what} ${id}`,
      title,
      kind: "Service",
      note: status,
      also,
      Icon,
      run,
    });
    return [
      entry("service", name, ServicesIcon, go(id, "logs")),
      ...(offline ? [] : ACTIONS[status]).map((action) =>
        entry(action, `${LOOK[action].verb} ${name}`, LOOK[action].Icon, () =>
          command(id, action, "palette"),
        ),
      ),
      entry("log", `Log of ${name}`, ListIcon, go(id, "logs")),
      entry("definition", `Definition of ${name}`, ServicesIcon, go(id, "configuration")),
      ...addressOf(service).flatMap((url) => [
        entry("copy", `Copy the address of ${name}`, CopyIcon, () => copy(url, tell)),
        ...(isUp(status)
          ? [
              entry(
                "browse",
                `Open ${name} in a new window`,
                OpenIcon,
                () => void window.open(url, "_blank", "noreferrer"),
              ),
            ]
          : []),
      ]),
    ];
  });
}

/** Where people reach it: one web address, or none. */
function addressOf({ url }: ServiceView): string[] {
  return url && /^https?:/.test(url) ? [url] : [];
}
