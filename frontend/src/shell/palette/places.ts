/** The ways through the dashboard, the look of it, and what concerns the whole of the daemon. */
import { useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { linkOptions, useNavigate } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { activeRunsQuery } from "@/api/queries/runs";
import { servicesQuery } from "@/api/queries/supervisor";
import type { Run, ServiceView } from "@/api/types";
import {
  AddIcon,
  CopyIcon,
  DiagnosticsIcon,
  KeyboardIcon,
  KnowledgeIcon,
  SchedulesIcon,
  StopIcon,
  SystemIcon,
  SystemThemeIcon,
} from "@/design/icons";
import { isUp } from "@/features/supervisor/statuses";
import { rereadSoon } from "@/live/reread";
import { chooseDensity, DENSITIES, useDensity } from "../density";
import { PLACES } from "../places";
import { useTelling } from "../Telling";
import { THEMES } from "../theme";
import type { Entry } from "./entries";

const WITHIN = [
  {
    link: linkOptions({ to: "/diagnostics/configuration" }),
    title: "Configuration",
    also: "file definitions faults",
    Icon: DiagnosticsIcon,
  },
  {
    link: linkOptions({ to: "/system/$tab", params: { tab: "processes" } }),
    title: "Processes",
    also: "system machine top",
    Icon: SystemIcon,
  },
  {
    link: linkOptions({ to: "/system/$tab", params: { tab: "ports" } }),
    title: "Ports",
    also: "system listeners",
    Icon: SystemIcon,
  },
  {
    link: linkOptions({ to: "/schedules/calendar" }),
    title: "Calendar",
    also: "schedules",
    Icon: SchedulesIcon,
  },
  {
    link: linkOptions({ to: "/knowledge/creators" }),
    title: "Creators",
    also: "knowledge",
    Icon: KnowledgeIcon,
  },
  {
    link: linkOptions({ to: "/knowledge/index" }),
    title: "Index of knowledge",
    also: "scan roots",
    Icon: KnowledgeIcon,
  },
  { link: linkOptions({ to: "/services/add" }), title: "Add a service", also: "new create", Icon: AddIcon },
  { link: linkOptions({ to: "/schedules/new" }), title: "Add a schedule", also: "new create", Icon: AddIcon },
];

export function usePlaceEntries(): Entry[] {
  const navigate = useNavigate();
  return [
    ...PLACES.map(({ to, word, letter, Icon }) => ({
      id: `place ${to}`,
      title: word,
      kind: "Place",
      note: `g ${letter}`,
      Icon,
      run: () => void navigate({ to }),
    })),
    ...WITHIN.map(({ link, title, also, Icon }) => ({
      id: `place ${title}`,
      title,
      kind: "Place",
      also,
      Icon,
      run: () => void navigate(link),
    })),
  ];
}

export function useLookEntries(showKeys: () => void): Entry[] {
  const tell = useTelling();
  const density = useDensity();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return [
    ...THEMES.filter(({ value }) => value !== colorScheme).map(({ value, word }) => ({
      id: `theme ${value}`,
      title: `Theme: ${word.toLowerCase()}`,
      kind: "Setting",
      also: "colours mode appearance",
      Icon: SystemThemeIcon,
      run: () => setColorScheme(value),
    })),
    ...DENSITIES.filter(({ value }) => value !== density).map(({ value, label }) => ({
      id: `density ${value}`,
      title: `Density: ${label.toLowerCase()}`,
      kind: "Setting",
      also: "spacing rows appearance",
      Icon: SystemThemeIcon,
      run: () => chooseDensity(value),
    })),
    {
      id: "copy address",
      title: "Copy the address of this page",
      kind: "Action",
      also: "link url share",
      Icon: CopyIcon,
      run: () => copy(window.location.href, tell),
    },
    {
      id: "keys",
      title: "Show the keys",
      kind: "Action",
      also: "keyboard help",
      note: "?",
      Icon: KeyboardIcon,
      run: showKeys,
    },
  ];
}

export function copy(address: string, tell: ReturnType<typeof useTelling>): void {
  tell({
    saying: "Copying…",
    act: async () => {
      await navigator.clipboard.writeText(address);
      return `Copied ${address}`;
    },
  });
}

export function useDaemonEntries(): Entry[] {
  const tell = useTelling();
  const cache = useQueryClient();
  const services = useQuery(servicesQuery).data?.services ?? [];
  const runs = useQuery(activeRunsQuery).data ?? [];
  const scan = async () => {
    const { message } = await answer(api.POST("/api/knowledge/scan")).finally(() =>
      rereadSoon(cache, "knowledge"),
    );
    return message;
  };
  const shutDown = async () => (await answer(api.POST("/api/shutdown"))).message;
  return [
    {
      id: "scan",
      title: "Look through the knowledge files now",
      kind: "Action",
      also: "scan index",
      Icon: KnowledgeIcon,
      run: () => tell({ saying: "Asking…", act: scan }),
    },
    {
      id: "shutdown",
      title: "Shut the control center down",
      kind: "Action",
      also: "stop quit exit end daemon shutdown",
      Icon: StopIcon,
      question: {
        title: "Shut the control center down?",
        lost: whatEnds(services, runs),
        verb: "Shut down",
      },
      run: () => tell({ saying: "Shutting down…", act: shutDown }),
    },
  ];
}

/** What ends with the daemon, and what goes on. */
export function whatEnds(
  services: readonly Pick<ServiceView, "name" | "status" | "lifetime">[],
  runs: readonly Pick<Run, "module_name" | "status">[],
): string {
  const up = services.filter(({ status }) => isUp(status));
  const ending = [
    ...up.filter(({ lifetime }) => lifetime !== "persistent").map(({ name }) => name),
    ...runs.filter(({ status }) => status !== "queued").map(({ module_name }) => `the run of ${module_name}`),
  ];
  const staying = up.filter(({ lifetime }) => lifetime === "persistent").map(({ name }) => name);
  const sentences = [
    ending.length > 0 ? `It stops ${listed(ending)}.` : "Nothing is stopped by that.",
    staying.length > 0 ? `${listed(staying)} ${staying.length === 1 ? "goes" : "go"} on.` : "",
    "This page shows nothing new until the control center is started again.",
  ];
  return sentences.filter(Boolean).join(" ");
}

const NAMED = 6;

function listed(names: readonly string[]): string {
  if (names.length > NAMED) return `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`;
  return new Intl.ListFormat("en-GB").format(names);
}
