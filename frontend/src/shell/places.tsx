/** The places of the dashboard, in the order of the rail. */
import {
  AgentsIcon,
  BellIcon,
  DiagnosticsIcon,
  EventsIcon,
  KnowledgeIcon,
  ModulesIcon,
  OverviewIcon,
  RunsIcon,
  SchedulesIcon,
  ServicesIcon,
  SystemIcon,
  UsageIcon,
} from "@/design/icons";

export const PLACES = [
  { to: "/overview", word: "Overview", letter: "o", Icon: OverviewIcon },
  { to: "/services", word: "Services", letter: "s", Icon: ServicesIcon },
  { to: "/modules", word: "Modules", letter: "m", Icon: ModulesIcon },
  { to: "/runs", word: "Runs", letter: "r", Icon: RunsIcon },
  { to: "/schedules", word: "Schedules", letter: "t", Icon: SchedulesIcon },
  { to: "/knowledge", word: "Knowledge", letter: "k", Icon: KnowledgeIcon },
  { to: "/agents", word: "Agents", letter: "a", Icon: AgentsIcon },
  { to: "/usage", word: "Usage", letter: "u", Icon: UsageIcon },
  { to: "/system", word: "System", letter: "y", Icon: SystemIcon },
  { to: "/alerts", word: "Alerts", letter: "l", Icon: BellIcon },
  { to: "/events", word: "Events", letter: "e", Icon: EventsIcon },
  { to: "/diagnostics", word: "Diagnostics", letter: "d", Icon: DiagnosticsIcon },
] as const;

export type Place = (typeof PLACES)[number];

/** Those that a telephone has in its bar; the others are behind "More". */
export const AT_HAND: ReadonlySet<Place["to"]> = new Set(["/overview", "/services", "/runs", "/knowledge"]);
