/**
 * The part of a log that is in memory: one unbroken window of it, at most `maxLines` lines.
 *
 * Lines are numbered without holes (older pages count down), so an id is an index plus `firstId`. While someone
 * reads (`held`) nothing is taken away above them: a full window then stops growing, and what arrives is only
 * counted until the reader returns to the end.
 */
import type { LogText } from "@/api/messages";
import { plainText } from "./ansi";
import { type Level, levelOf } from "./level";

export interface LogLine {
  raw: string;
  /** Arrival, epoch milliseconds; null where it is not known. */
  at: number | null;
  /** Bytes that were rotated away before they could be read; null for a line of text. */
  lost: number | null;
  /** What a person reads instead of it. */
  words?: string;
  plain?: string;
  level?: Level | null;
}

/** Puts a line that is written for a program into words; null for one that is shown as it is. */
export type Wording = (line: string) => string | null;

/** A stretch of lines whose first byte is known. */
interface Segment {
  start: number;
  lines: number;
}

const LONG_OPEN_LINE = 16_384;

export class LogBuffer {
  lines: LogLine[] = [];
  firstId = 0;
  /** Byte offsets of the window; null until something has arrived. */
  start: number | null = null;
  end: number | null = null;
  /** Nothing older is kept anywhere. */
  complete = false;
  /** Lines that arrived since the reader left the end. */
  waiting = 0;
  /** The window is full and no longer reaches the live end. */
  detached = false;
  revision = 0;

  private held = false;
  private segments: Segment[] = [];
  private characters = 0;

  constructor(
    private readonly maxLines = 50_000,
    private readonly maxCharacters = 40_000_000,
    private readonly wording: Wording = () => null,
  ) {}

  get lastId(): number {
    return this.firstId + this.lines.length - 1;
  }

  line(id: number): LogLine | undefined {
    return this.lines[id - this.firstId];
  }

  get isHeld(): boolean {
    return this.held;
  }

  /** Whether someone reads above the end. Letting go of a detached window needs a fresh `reset`. */
  hold(held: boolean): void {
    if (this.held === held) return;
    this.held = held;
    this.waiting = 0;
    this.revision += 1;
  }

  /** Forget everything, as before the first block. */
  reset(): void {
    this.firstId = this.lastId + 1;
    this.lines = [];
    this.segments = [];
    this.characters = 0;
    this.start = null;
    this.end = null;
    this.complete = false;
    this.waiting = 0;
    this.detached = false;
    this.revision += 1;
  }

  append(block: LogText): void {
    const text = this.beyondEnd(block);
    if (text === null) return;
    const start = Math.max(block.start, this.end ?? block.start);
    this.revision += 1;
    if (this.held) this.waiting += newlines(text);
    if (this.detached) return;
    if (this.held && this.full()) {
      this.detached = true;
      return;
    }
    if (this.start === null) {
      this.start = start;
      this.complete = start === 0;
    } else if (this.end !== null && start > this.end) {
      this.push({ raw: "", at: block.at, lost: start - this.end });
      this.segments.push({ start: this.end, lines: 1 });
    }
    this.end = block.end;
    this.take(text, start, block);
    if (!this.held) this.trim();
  }

  /** An older page. Only the one that ends where the window begins fits; a full window slides towards it. */
  prepend(page: LogText & { first: boolean }): number {
    if (page.end !== this.start) return 0;
    this.revision += 1;
    this.start = page.start;
    this.complete = page.first;
    const added = this.worded(lines(page.text, page.start, page));
    for (const line of added) this.characters += line.raw.length;
    this.lines = added.concat(this.lines);
    this.firstId -= added.length;
    this.segments.unshift({ start: page.start, lines: added.length });
    this.dropTail();
    return added.length;
  }

  private dropTail(): void {
    while (
      this.segments.length > 1 &&
      (this.lines.length > this.maxLines || this.characters > this.maxCharacters)
    ) {
      const segment = this.segments.pop();
      if (!segment) return;
      const dropped = this.lines.splice(this.lines.length - segment.lines);
      for (const line of dropped) this.characters -= line.raw.length;
      this.end = segment.start;
      this.detached = true;
    }
  }

  /** The bytes [start, end) were rotated away before anyone read them. */
  gap(start: number, end: number): void {
    if (this.start === null) return;
    if (end <= this.start) {
      this.complete = true;
    } else if (this.end !== null && start >= this.end && !this.detached) {
      this.push({ raw: "", at: Date.now(), lost: end - start });
      this.segments.push({ start, lines: 1 });
      this.end = end;
    }
    this.revision += 1;
  }

  private beyondEnd(block: LogText): string | null {
    if (this.end === null || block.start >= this.end) return block.text;
    if (block.end <= this.end) return null;
    return new TextDecoder().decode(new TextEncoder().encode(block.text).subarray(this.end - block.start));
  }

  private take(text: string, start: number, block: LogText): void {
    let rest = text;
    let from = start;
    const last = this.lines.at(-1);
    if (last && !last.raw.endsWith("\n") && last.lost === null) {
      const cut = text.indexOf("\n") + 1 || text.length;
      this.extend(last, text.slice(0, cut));
      rest = text.slice(cut);
      from = start + utf8Length(text.slice(0, cut));
    }
    if (rest === "") return;
    const added = this.worded(lines(rest, from, block));
    for (const line of added) this.push(line);
    this.segments.push({ start: from, lines: added.length });
  }

  private extend(line: LogLine, text: string): void {
    let raw = line.raw + text;
    if (raw.length > LONG_OPEN_LINE) {
      const redrawn = raw.indexOf("\r", raw.length - LONG_OPEN_LINE / 4);
      if (redrawn >= 0 && redrawn < raw.length - 2) raw = raw.slice(redrawn + 1);
    }
    this.characters += raw.length - line.raw.length;
    // A new object, so that what has been drawn of the old one is drawn again.
    this.lines.splice(-1, 1, ...this.worded([{ raw, at: line.at, lost: null }]));
  }

  private worded(lines: LogLine[]): LogLine[] {
    for (const line of lines) {
      const words = this.wording(line.raw);
      if (words !== null) line.words = words;
    }
    return lines;
  }

  private push(line: LogLine): void {
    this.lines.push(line);
    this.characters += line.raw.length;
  }

  private full(): boolean {
    return this.lines.length >= this.maxLines || this.characters >= this.maxCharacters;
  }

  /** Drops a tenth from the head once full, so that a flood does not pay for it line by line. */
  private trim(): void {
    if (!this.full()) return;
    const keptLines = Math.floor(this.maxLines * 0.9);
    const keptCharacters = this.maxCharacters * 0.9;
    let dropped = 0;
    let characters = this.characters;
    while (
      this.lines.length - dropped > keptLines ||
      (characters > keptCharacters && dropped < this.lines.length - 1)
    ) {
      characters -= this.lines[dropped]?.raw.length ?? 0;
      dropped += 1;
    }
    this.start = this.dropSegments(dropped);
    this.lines.splice(0, dropped);
    this.firstId += dropped;
    this.characters = characters;
    this.complete = false;
  }

  /** Takes `lines` lines off the segments and returns the offset of the first line that stays. */
  private dropSegments(lines: number): number | null {
    let left = lines;
    let index = 0;
    while (left > 0 && left >= (this.segments[index]?.lines ?? Number.POSITIVE_INFINITY)) {
      left -= this.segments[index]?.lines ?? 0;
      index += 1;
    }
    this.segments.splice(0, index);
    const head = this.segments[0];
    if (!head) return this.end;
    for (let line = lines - left; line < lines; line += 1)
      head.start += utf8Length(this.lines[line]?.raw ?? "");
    head.lines -= left;
    return head.start;
  }
}

/** `text` cut after each newline, which stays with its line; each line with the time of its part of the block. */
function lines(text: string, start: number, block: Pick<LogText, "at" | "times">): LogLine[] {
  const found: LogLine[] = [];
  const timed = timer(start, block);
  let from = 0;
  while (from < text.length) {
    const cut = text.indexOf("\n", from) + 1 || text.length;
    const raw = text.slice(from, cut);
    found.push({ raw, at: timed(raw), lost: null });
    from = cut;
  }
  return found;
}

/** Gives each of the lines that follow one another from `start` its time. */
function timer(start: number, { at, times }: Pick<LogText, "at" | "times">): (raw: string) => number | null {
  let current = at;
  if (times.length === 0) return () => current;
  let offset = start;
  let next = 0;
  return (raw) => {
    for (let entry = times[next]; entry && entry[0] <= offset; entry = times[next]) {
      current = entry[1];
      next += 1;
    }
    offset += utf8Length(raw);
    return current;
  };
}

function newlines(text: string): number {
  let found = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found += 1;
  return found;
}

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** What is shown of a line: its text without its newline, or the words for it. */
export function rawText(line: LogLine): string {
  if (line.words !== undefined) return line.words;
  return line.raw.endsWith("\n") ? line.raw.slice(0, -1) : line.raw;
}

/** What a person sees of a line, without colours; kept with the line. */
export function cleanText(line: LogLine): string {
  line.plain ??= plainText(rawText(line));
  return line.plain;
}

/** The level that the line names; kept with the line. */
export function ownLevel(line: LogLine): Level | null {
  if (line.level === undefined) line.level = line.lost === null ? levelOf(cleanText(line)) : null;
  return line.level;
}
