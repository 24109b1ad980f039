/** Lines of its output in which a script tells how far it is, in words. */
import { count } from "@/design/format";
import { metricText } from "./words";

interface Told {
  progress?: number;
  items?: number;
  total?: number;
  message?: string;
  metrics?: Record<string, unknown>;
}

/** `40 % · 40 of 100 · page 4 of 10 · loss 0.31`; null for any other line, and for one that says something besides. */
export function progressWords(line: string): string | null {
  const told = read(line);
  if (told === null) return null;
  const { progress, items, total, message = "", metrics = {} } = told;
  const words = [
    progress === undefined ? "" : `${Math.floor(progress * 100 + 1e-9)} %`,
    items === undefined ? "" : `${count(items)}${total === undefined ? "" : ` of ${count(total)}`}`,
    message,
    ...Object.entries(metrics).map(([name, value]) => `${name} ${metricText(value)}`),
  ];
  return words.filter(Boolean).join(" · ").replace(/\s+/g, " ") || null;
}

function read(line: string): Told | null {
  const told = line.trimStart().startsWith("{") ? parsed(line) : null;
  return isTold(told) ? told : null;
}

function isTold(value: unknown): value is Told {
  if (!isObject(value) || ("total" in value && !("items" in value))) return false;
  return (
    ("progress" in value || "items" in value || "metrics" in value) &&
    Object.entries(value).every(([name, member]) => MEMBERS.get(name)?.(member))
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether each member is what it should be. */
const MEMBERS = new Map<string, (value: unknown) => boolean>([
  ["progress", (value) => typeof value === "number" && value >= 0 && value <= 1],
  ["items", isCount],
  ["total", isCount],
  ["message", (value) => typeof value === "string"],
  ["metrics", isObject],
]);
