/** How far back charts look, and the part of it that somebody has drawn over; all of it lives in the URL. */

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** By their names in the URL; seconds. */
export const SPANS = {
  "5m": { seconds: 300, words: "5 min" },
  "1h": { seconds: HOUR, words: "1 h" },
  "24h": { seconds: DAY, words: "24 h" },
  "7d": { seconds: 7 * DAY, words: "7 d" },
  "30d": { seconds: 30 * DAY, words: "30 d" },
  "1y": { seconds: 365 * DAY, words: "1 y" },
} as const;

export type SpanName = keyof typeof SPANS;

export interface RangeSearch {
  /** The usual span where it is not given. */
  range?: SpanName;
  /** A part of the past: epoch seconds, both or none. */
  from?: number;
  to?: number;
}

export const USUAL: SpanName = "1h";

/** Fewer seconds than these hold no more than a sample or two. */
const LEAST = 10;

/** Reads the range of charts out of search parameters, whoever typed them. */
export function readRange({ range, from, to }: Record<string, unknown>): RangeSearch {
  const [begin, end] = [Number(from), Number(to)];
  const isPart =
    Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin > 0 && end - begin >= LEAST;
  return {
    ...(typeof range === "string" && Object.hasOwn(SPANS, range) && range !== USUAL
      ? { range: range as SpanName }
      : {}),
    ...(isPart ? { from: begin, to: end } : {}),
  };
}

/** The address for a span; the usual one needs no word. */
export function spanSearch(range: SpanName): RangeSearch {
  return range === USUAL ? {} : { range };
}

/** The address for a part that was drawn over, or for all of the span again. */
export function zoomed({ range }: RangeSearch, part: readonly [number, number] | null): RangeSearch {
  const whole = range ? { range } : {};
  if (part === null) return whole;
  const from = Math.floor(part[0]);
  return { ...whole, from, to: Math.max(Math.ceil(part[1]), from + LEAST) };
}
