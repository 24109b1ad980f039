/**
 * One line of terminal output as styled spans of clean text.
 *
 * Understands SGR colours (16, 256, 24 bit), carriage return, backspace and "erase in line", which is what tools
 * that draw progress bars write. Everything else a terminal would obey is dropped, so that what is shown and
 * copied is text and nothing but text.
 */

export interface Style {
  /** A palette index 0–255, or "#rrggbb". */
  fg?: number | string;
  bg?: number | string;
  bold?: true;
  dim?: true;
  italic?: true;
  underline?: true;
  strike?: true;
  inverse?: true;
}

export interface Span {
  text: string;
  style: Style | null;
}

// CSI … final byte | OSC … BEL or ST | two-byte escapes
const ESCAPE = /\x1b(?:\[([0-9;:?<=>]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;
const PLAIN = /^[^\x00-\x08\x0b-\x1f\x7f]*$/;
const OTHER_CONTROLS = /[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g;

/** Spans of `raw` (without its newline), as a terminal of endless width would show them. */
export function parseLine(raw: string): Span[] {
  const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
  if (line === "") return [];
  if (PLAIN.test(line)) return [{ text: line, style: null }];
  return /[\r\b]|\x1b\[[0-9;]*[KGDC]/.test(line) ? draw(line) : styled(line);
}

/** The clean text of a line: what a person sees of it. */
export function plainText(raw: string): string {
  const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
  if (PLAIN.test(line)) return line;
  return parseLine(raw)
    .map((span) => span.text)
    .join("");
}

type Piece = { text: string } | { code: string; final: string };

function* pieces(line: string): Generator<Piece> {
  let from = 0;
  ESCAPE.lastIndex = 0;
  for (let match = ESCAPE.exec(line); match; match = ESCAPE.exec(line)) {
    if (match.index > from) yield { text: line.slice(from, match.index) };
    if (match[2]) yield { code: match[1] ?? "", final: match[2] };
    from = ESCAPE.lastIndex;
  }
  if (from < line.length) yield { text: line.slice(from) };
}

function styled(line: string): Span[] {
  const spans: Span[] = [];
  let style: Style | null = null;
  for (const piece of pieces(line)) {
    if ("text" in piece) {
      const text = piece.text.replace(OTHER_CONTROLS, "").replaceAll("\x1b", "");
      if (text) spans.push({ text, style });
    } else if (piece.final === "m") {
      style = withCodes(style, piece.code);
    }
  }
  return spans;
}

/** The slow way, cell by cell, for lines that overwrite themselves. */
function draw(line: string): Span[] {
  const cells: { char: string; style: Style | null }[] = [];
  let at = 0;
  let style: Style | null = null;
  for (const piece of pieces(line)) {
    if ("text" in piece) {
      for (const char of piece.text) {
        if (char === "\r") at = 0;
        else if (char === "\b") at = Math.max(0, at - 1);
        else if (char >= " " || char === "\t") {
          while (cells.length < at) cells.push({ char: " ", style: null });
          cells[at] = { char, style };
          at += 1;
        }
      }
      continue;
    }
    const amount = Number.parseInt(piece.code, 10) || 0;
    if (piece.final === "m") style = withCodes(style, piece.code);
    else if (piece.final === "K" && amount === 0) cells.length = Math.min(cells.length, at);
    else if (piece.final === "K" && amount === 2) cells.length = 0;
    else if (piece.final === "K") cells.fill({ char: " ", style: null }, 0, Math.min(at + 1, cells.length));
    else if (piece.final === "G") at = Math.max(0, Math.min(amount || 1, MAX_COLUMN) - 1);
    else if (piece.final === "D") at = Math.max(0, at - (amount || 1));
    else if (piece.final === "C") at = Math.min(at + (amount || 1), MAX_COLUMN);
  }
  return merged(cells);
}

const MAX_COLUMN = 10_000;

function merged(cells: { char: string; style: Style | null }[]): Span[] {
  const spans: Span[] = [];
  for (const { char, style } of cells) {
    const last = spans.at(-1);
    if (last && last.style === style) last.text += char;
    else spans.push({ text: char, style });
  }
  return spans;
}

const FLAGS: Record<number, keyof Style> = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underline",
  7: "inverse",
  9: "strike",
};
const ENDS: Record<number, (keyof Style)[]> = {
  21: ["bold"],
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  29: ["strike"],
  39: ["fg"],
  49: ["bg"],
};

/** The style after the SGR sequence `code`; null is the plain style. */
function withCodes(before: Style | null, code: string): Style | null {
  const codes = code.split(/[;:]/).map((part) => (part === "" ? 0 : Number(part)));
  const style: Style = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const value = codes[index] ?? 0;
    if (value === 0) clear(style, Object.keys(style) as (keyof Style)[]);
    else if (FLAGS[value]) style[FLAGS[value] as "bold"] = true;
    else if (ENDS[value]) clear(style, ENDS[value]);
    else if (value >= 30 && value <= 37) style.fg = value - 30;
    else if (value >= 90 && value <= 97) style.fg = value - 82;
    else if (value >= 40 && value <= 47) style.bg = value - 40;
    else if (value >= 100 && value <= 107) style.bg = value - 92;
    else if (value === 38 || value === 48) {
      const [colour, used] = extended(codes.slice(index + 1));
      if (colour !== null) style[value === 38 ? "fg" : "bg"] = colour;
      index += used;
    }
  }
  return Object.keys(style).length === 0 ? null : style;
}

function clear(style: Style, keys: (keyof Style)[]): void {
  for (const key of keys) delete style[key];
}

/** `5;n` or `2;r;g;b` after 38 or 48 → the colour and how many numbers it took. */
function extended(rest: number[]): [number | string | null, number] {
  if (rest[0] === 5) return [Math.min(255, rest[1] ?? 0), 2];
  if (rest[0] === 2) {
    const hex = rest
      .slice(1, 4)
      .map((part) => Math.min(255, part).toString(16).padStart(2, "0"))
      .join("");
    return [hex.length === 6 ? `#${hex}` : null, 4];
  }
  return [null, rest.length];
}

const CUBE = [0, 95, 135, 175, 215, 255];

/** "#rrggbb" of the palette entries 16–255; the first sixteen belong to the theme. */
export function paletteColour(index: number): string {
  const hex = (...parts: number[]) => `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return hex(grey, grey, grey);
  }
  const place = index - 16;
  return hex(CUBE[Math.floor(place / 36)] ?? 0, CUBE[Math.floor(place / 6) % 6] ?? 0, CUBE[place % 6] ?? 0);
}
