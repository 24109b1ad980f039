import type { Checked } from "@/api/edits";
import { bytes, duration } from "@/design/format";

/** The last part of a path of either kind of system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}

export function plural(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? "" : "s"}`;
}

/** An argument list as one line that a person can read: parts with spaces or quotes are quoted. */
export function shellWords(command: readonly string[]): string {
  return command.map((part) => (/^[^\s"']+$/.test(part) ? part : JSON.stringify(part))).join(" ");
}

const SECONDS = new Set(["window", "delay", "max_delay", "timeout", "interval", "initial_delay", "max_age"]);
const BYTES = new Set(["memory", "max_size"]);

/** A setting of any shape in words: "when on-failure · max restarts 5 · window 1m 00s". */
export function settingWords(value: unknown, name = ""): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return numberWords(value, name);
  if (Array.isArray(value))
    return value.length === 0 ? "none" : value.map((one) => settingWords(one)).join(", ");
  if (typeof value !== "object") return String(value);
  const parts = Object.entries(value)
    .filter(([, part]) => part !== null && part !== undefined)
    .map(([key, part]) => {
      const words = settingWords(part, key);
      return `${key.replaceAll("_", " ")} ${typeof part === "object" && !Array.isArray(part) ? `(${words})` : words}`;
    });
  return parts.length === 0 ? "none" : parts.join(" · ");
}

function numberWords(value: number, name: string): string {
  if (BYTES.has(name)) return bytes(value);
  if (!SECONDS.has(name)) return String(value);
  return value < 60 ? `${value} s` : duration(value);
}

/** Numbers of the lines that are wrong in the text that was typed. */
export function faultyLines(checked: Checked | null): ReadonlySet<number> {
  const faults = checked === null || checked.good ? [] : checked.faults;
  return new Set(faults.filter(({ source }) => source === "text").map(({ line }) => line));
}
