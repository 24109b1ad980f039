/** The parts of the program that tell events, in the words of people. */
export const AREAS = {
  supervisor: "Services",
  incidents: "Crashes",
  runs: "Runs",
  schedules: "Schedules",
  modules: "Modules",
  alerts: "Alerts",
  notifications: "Notifications",
  knowledge: "Knowledge",
  usage: "Usage",
  definitions: "Configuration",
  processes: "Keeper",
  daemon: "Control center",
  database: "Database",
} as const;

export type Area = keyof typeof AREAS;
