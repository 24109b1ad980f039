/** The places of the dashboard, in the order of the rail. */
import {
  DiagnosticsIcon,
  ModulesIcon,
  RunsIcon,
  SchedulesIcon,
  ServicesIcon,
  SystemIcon,
  UsageIcon,
} from "@/design/icons";

export const PLACES = [
  { to: "/services", word: "Services", letter: "s", Icon: ServicesIcon },
  { to: "/modules", word: "Modules", letter: "m", Icon: ModulesIcon },
  { to: "/runs", word: "Runs", letter: "r", Icon: RunsIcon },
  { to: "/schedules", word: "Schedules", letter: "c", Icon: SchedulesIcon },
  { to: "/usage", word: "Usage", letter: "u", Icon: UsageIcon },
  { to: "/system", word: "System", letter: "y", Icon: SystemIcon },
  { to: "/diagnostics", word: "Diagnostics", letter: "d", Icon: DiagnosticsIcon },
] as const;
