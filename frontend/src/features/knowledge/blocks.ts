/** A text in blocks of lines, so that a page draws only some of a long one. */

export interface Block {
  /** The number of its first line, from 1. */
  first: number;
  lines: string[];
}

const LINES_A_BLOCK = 400;
const LETTERS_A_BLOCK = 60_000;

/** All lines, in order; what ends the last line begins no other. */
export function blocksOf(text: string): Block[] {
  const lines = text.split("\n");
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  const blocks: Block[] = [];
  let letters = 0;
  lines.forEach((line, index) => {
    const open = blocks.at(-1);
    letters += line.length;
    if (!open || open.lines.length >= LINES_A_BLOCK || letters > LETTERS_A_BLOCK) {
      blocks.push({ first: index + 1, lines: [line] });
      letters = line.length;
    } else open.lines.push(line);
  });
  return blocks;
}

/** The block in which a line is; the nearest for one that is not there. */
export function blockAt(blocks: readonly Block[], line: number): number {
  return Math.max(
    0,
    blocks.findLastIndex(({ first }) => first <= line),
  );
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** JSON over several lines. Values stay as they are written: no number is rounded. */
export function indented(json: string): string {
  let depth = 0;
  let text = "";
  const broken = () => `\n${"  ".repeat(depth)}`;
  let before = "";
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === "}" || token === "]") {
      depth -= 1;
      if (before !== "{" && before !== "[") text += broken();
    } else if (before === "{" || before === "[" || before === ",") text += broken();
    text += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth += 1;
    before = token;
  }
  return text;
}
