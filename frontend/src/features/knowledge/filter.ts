/** What is looked for in the knowledge base; all of it lives in the URL. */
import type { KnowledgeSelection } from "@/api/queries/knowledge";
import type { FileKind } from "@/api/types";
import { dayOf } from "@/design/format";
import type { ChangesOf } from "@/searchParameters";

export const KINDS: Record<FileKind, string> = {
  markdown: "Markdown",
  text: "Text",
  json: "JSON",
  yaml: "YAML",
  html: "Web page",
  pdf: "PDF",
  notebook: "Notebook",
  code: "Code",
};

/** Ranges of confidence in percent, as the daemon's search understands them. */
export const CONFIDENCES = {
  "80..": "80 % and more",
  "60..79": "60 – 79 %",
  "40..59": "40 – 59 %",
  "..39": "below 40 %",
} as const;

export type Confidence = keyof typeof CONFIDENCES;

/** Spans that reach up to today, by their days. */
export const SPANS: Record<string, string> = {
  7: "Last 7 days",
  30: "Last 30 days",
  365: "Last year",
};

export interface KnowledgeFilter {
  q?: string;
  agent?: string;
  creator?: string;
  category?: string;
  type?: FileKind;
  confidence?: Confidence;
  /** The insight is of the last so many days. */
  days?: number;
  /** Or of this day or later, and of this day or earlier: as 2026-11-21. */
  from?: string;
  to?: string;
  /** Only files that something is wrong with. */
  faulty?: true;
}

export type Changes = ChangesOf<KnowledgeFilter>;

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads a filter out of search parameters that anyone may have typed. */
export function readKnowledgeFilter(search: Record<string, unknown>): KnowledgeFilter {
  const word = (name: "q" | "agent" | "creator" | "category") =>
    search[name] ? { [name]: String(search[name]) } : {};
  const day = (name: "from" | "to") =>
    DAY.test(String(search[name])) ? { [name]: String(search[name]) } : {};
  const { type, confidence, days, faulty } = search;
  return {
    ...word("q"),
    ...word("agent"),
    ...word("creator"),
    ...word("category"),
    ...(Object.hasOwn(KINDS, String(type)) ? { type: type as FileKind } : {}),
    ...(Object.hasOwn(CONFIDENCES, String(confidence)) ? { confidence: confidence as Confidence } : {}),
    ...(Object.hasOwn(SPANS, String(days)) ? { days: Number(days) } : {}),
    ...day("from"),
    ...day("to"),
    ...(faulty === "true" || faulty === true ? { faulty: true } : {}),
  };
}

export function isNarrowed(filter: KnowledgeFilter): boolean {
  return Object.keys(filter).length > 0;
}

/** The fewest letters that are looked for. */
export const LEAST = 2;

/** What to ask the daemon for; the dates as of `now`. */
export function selectionOf(filter: KnowledgeFilter, now: Date): KnowledgeSelection {
  const { agent, creator, category, type, faulty } = filter;
  const words = [typedWords(filter.q ?? ""), dateWords(filter, now), confidenceWords(filter)].filter(Boolean);
  return {
    query: words.join(" "),
    ...(agent ? { agent } : {}),
    ...(creator ? { creator } : {}),
    ...(category ? { category } : {}),
    ...(type ? { type } : {}),
    ...(faulty && words.length === 0 ? { faulty } : {}),
  };
}

/** The word that is being typed stands for all that begin with it, until a space ends it. */
function typedWords(typed: string): string {
  if (typed.trim().length < LEAST) return "";
  const quoted = (typed.match(/"/g)?.length ?? 0) % 2 === 1;
  const begun = !quoted && /(^|\s)[\p{L}\p{N}_.]{3,}$/u.test(typed);
  return begun ? `${typed}*` : typed.trim();
}

function dateWords({ days, from = "", to = "" }: KnowledgeFilter, now: Date): string {
  if (days === undefined) return from || to ? `date:${from}..${to}` : "";
  const first = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  return `date:>=${dayOf(first)}`;
}

function confidenceWords({ confidence }: KnowledgeFilter): string {
  return confidence ? `confidence:${confidence}` : "";
}

export type FileView = "drawn" | "source";

/** How a file is shown, and what was looked for when it was found. */
export interface FileSearch extends KnowledgeFilter {
  /** From 1. */
  line?: number;
  view?: FileView;
}

export function readFileSearch(search: Record<string, unknown>): FileSearch {
  const { line, view } = search;
  const number = Number(line);
  return {
    ...readKnowledgeFilter(search),
    ...(Number.isInteger(number) && number > 0 ? { line: number } : {}),
    ...(view === "drawn" || view === "source" ? { view } : {}),
  };
}
