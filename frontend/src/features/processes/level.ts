/** The level that a line of a log claims for itself. */

export const LEVELS = ["debug", "info", "warning", "error"] as const;
export type Level = (typeof LEVELS)[number];

const WORDS: [RegExp, Level][] = [
  [/\b(?:CRITICAL|FATAL|PANIC|ERROR|ERR|SEVERE)\b/, "error"],
  [/\b(?:WARNING|WARN)\b/, "warning"],
  [/\b(?:INFO|NOTICE)\b/, "info"],
  [/\b(?:DEBUG|TRACE|VERBOSE)\b/, "debug"],
];
const LOWER =
  /(?:^|[\s[(|<"'])(?:level=)?(fatal|critical|error|warning|warn|info|notice|debug|trace)(?:[\])|>"':,]|\s*:|\s)/;
const EXCEPTION = /^(?:Traceback \(most recent call last\)|[\w.]*(?:Error|Exception)\b(?::|$))/;
const LOWER_LEVELS: Record<string, Level> = {
  fatal: "error",
  critical: "error",
  error: "error",
  warning: "warning",
  warn: "warning",
  info: "info",
  notice: "info",
  debug: "debug",
  trace: "debug",
};

/** The level named near the start of `text`, or null when it names none. */
export function levelOf(text: string): Level | null {
  const head = text.length > 160 ? text.slice(0, 160) : text;
  let found: Level | null = null;
  let first = Number.POSITIVE_INFINITY;
  for (const [word, level] of WORDS) {
    const index = head.search(word);
    if (index >= 0 && index < first) [found, first] = [level, index];
  }
  if (found) return found;
  if (EXCEPTION.test(head)) return "error";
  const lower = LOWER.exec(head);
  return lower?.[1] ? (LOWER_LEVELS[lower[1]] ?? null) : null;
}
