/**
 * Which lines of a buffer are shown and which of them match a search.
 *
 * Kept up to date by looking only at what came or went since the last time, because a log can grow by a hundred
 * thousand lines a second.
 */
import { cleanText, type LogBuffer, type LogLine, ownLevel } from "./buffer";
import { LEVELS, type Level } from "./level";
import { matches } from "./search";

export class LogView {
  /** Ids of the lines shown; null when every line is. */
  rows: number[] | null = null;
  /** Ids of the lines shown that match the search. */
  matches: number[] = [];

  private seenFirst = 0;
  private seenLast = -1;
  private inherited: Level = "info";

  constructor(
    private readonly buffer: LogBuffer,
    private minimum: Level | null = null,
    private pattern: RegExp | null = null,
  ) {
    this.restart();
  }

  get length(): number {
    return this.rows ? this.rows.length : this.buffer.lines.length;
  }

  id(row: number): number {
    return this.rows ? (this.rows[row] ?? -1) : this.buffer.firstId + row;
  }

  /** The row of line `id`, or of the next one shown. */
  row(id: number): number {
    return this.rows ? lowerBound(this.rows, id) : id - this.buffer.firstId;
  }

  choose(minimum: Level | null, pattern: RegExp | null): void {
    if (minimum === this.minimum && String(pattern) === String(this.pattern)) return;
    this.minimum = minimum;
    this.pattern = pattern;
    this.restart();
  }

  /** Takes in what changed in the buffer. */
  sync(): void {
    if (!this.rows && !this.pattern) return;
    const { firstId, lastId } = this.buffer;
    if (firstId > this.seenLast || lastId < this.seenFirst) {
      this.restart();
      return;
    }
    this.forgetBefore(firstId);
    // The last line may have been open, and has grown.
    this.forgetFrom(this.seenLast);
    const older = this.examine(firstId, this.seenFirst - 1, "info");
    const newer = this.examine(this.seenLast, lastId, this.inherited);
    if (this.rows) this.rows = [...older.rows, ...this.rows, ...newer.rows];
    this.matches = [...older.matches, ...this.matches, ...newer.matches];
    this.inherited = newer.level;
    this.seenFirst = firstId;
    this.seenLast = lastId;
  }

  private restart(): void {
    const { firstId, lastId } = this.buffer;
    const found = this.examine(firstId, lastId, "info");
    this.rows = this.minimum === null ? null : found.rows;
    this.matches = found.matches;
    this.inherited = found.level;
    this.seenFirst = firstId;
    this.seenLast = lastId;
  }

  /** Lines that name no level belong to the line before them: a stack trace stays with its error. */
  private examine(
    from: number,
    to: number,
    level: Level,
  ): { rows: number[]; matches: number[]; level: Level } {
    const rows: number[] = [];
    const hits: number[] = [];
    let current = level;
    if (!this.minimum && !this.pattern) return { rows, matches: hits, level };
    for (let id = from; id <= to; id += 1) {
      const line = this.buffer.line(id);
      if (!line) continue;
      if (this.minimum) current = ownLevel(line) ?? current;
      if (this.minimum && !shows(line, current, this.minimum)) continue;
      rows.push(id);
      if (this.pattern && line.lost === null && matches(this.pattern, cleanText(line))) hits.push(id);
    }
    return { rows, matches: hits, level: current };
  }

  private forgetBefore(id: number): void {
    this.rows?.splice(0, lowerBound(this.rows, id));
    this.matches.splice(0, lowerBound(this.matches, id));
    this.seenFirst = Math.max(this.seenFirst, id);
  }

  private forgetFrom(id: number): void {
    if (this.rows) this.rows.length = lowerBound(this.rows, id);
    this.matches.length = lowerBound(this.matches, id);
  }
}

function shows(line: LogLine, level: Level, minimum: Level): boolean {
  return line.lost !== null || LEVELS.indexOf(level) >= LEVELS.indexOf(minimum);
}

/** The match after or before `from`, round the end; the first step may also take the one at `from`. */
export function nextMatch(view: LogView, from: number, direction: 1 | -1, moved: boolean): number | null {
  const { matches } = view;
  if (matches.length === 0) return null;
  const at = direction === 1 ? lowerBound(matches, moved ? from + 1 : from) : lowerBound(matches, from) - 1;
  // From the live end there is nothing below: the nearest match is the last one.
  if (!moved && at === matches.length) return matches.at(-1) ?? null;
  return matches.at(at % matches.length) ?? null;
}

/** Index of the first of the ascending `ids` that is not below `id`. */
export function lowerBound(ids: readonly number[], id: number): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
