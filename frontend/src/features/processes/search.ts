/** What a person looks for in a log, and where it is in a line. */
import type { Span } from "./ansi";

export interface Query {
  text: string;
  regex: boolean;
}

export type Compiled = { pattern: RegExp; fault: null } | { pattern: null; fault: string | null };

/** A pattern for `query`; `fault` says why a regular expression cannot be used. Case counts once a capital is typed. */
export function compile(query: Query): Compiled {
  if (query.text === "") return { pattern: null, fault: null };
  const source = query.regex ? query.text : query.text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const flags = query.text === query.text.toLowerCase() ? "gi" : "g";
  try {
    return { pattern: new RegExp(source, flags), fault: null };
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error);
    return { pattern: null, fault: reason };
  }
}

/** Longest part of a line that is searched: a pattern must not be able to hold up the page. */
const SEARCHED = 4_000;

export function matches(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text.length > SEARCHED ? text.slice(0, SEARCHED) : text);
}

export interface Piece extends Span {
  hit: boolean;
}

/** `spans` cut at the borders of the matches of `pattern` in their joined text. */
export function highlight(spans: Span[], pattern: RegExp | null): Piece[] {
  if (!pattern) return spans.map((span) => ({ ...span, hit: false }));
  const ranges = matchRanges(
    pattern,
    spans
      .map((span) => span.text)
      .join("")
      .slice(0, SEARCHED),
  );
  const pieces: Piece[] = [];
  let offset = 0;
  for (const span of spans) {
    const end = offset + span.text.length;
    let from = offset;
    for (const [start, stop] of ranges) {
      if (stop <= from || start >= end) continue;
      if (start > from)
        pieces.push({ ...span, text: span.text.slice(from - offset, start - offset), hit: false });
      const cut = Math.min(stop, end);
      pieces.push({
        ...span,
        text: span.text.slice(Math.max(start, from) - offset, cut - offset),
        hit: true,
      });
      from = cut;
    }
    if (from < end) pieces.push({ ...span, text: span.text.slice(from - offset), hit: false });
    offset = end;
  }
  return pieces;
}

function matchRanges(pattern: RegExp, text: string): [number, number][] {
  const ranges: [number, number][] = [];
  for (const match of text.matchAll(pattern)) {
    if (match[0].length > 0) ranges.push([match.index, match.index + match[0].length]);
    if (ranges.length >= 200) break;
  }
  return ranges;
}
