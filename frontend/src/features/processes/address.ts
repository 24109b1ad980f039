/** What the log viewer keeps in the URL: what is looked for, and how it is shown. */
import { LEVELS, type Level } from "./level";

export interface LogSearch {
  q?: string;
  regex?: "yes";
  level?: Level;
  wrap?: "no";
  time?: "no";
}

export function readLogSearch(search: Record<string, unknown>): LogSearch {
  const level = LEVELS.find((one) => one === search.level);
  return {
    ...(search.q ? { q: String(search.q) } : {}),
    ...(search.regex === "yes" ? { regex: "yes" as const } : {}),
    ...(level ? { level } : {}),
    ...(search.wrap === "no" ? { wrap: "no" as const } : {}),
    ...(search.time === "no" ? { time: "no" as const } : {}),
  };
}
