/** What changes between two texts, line by line, for people to read before they save. */

export interface Line {
  kind: "same" | "gone" | "new";
  text: string;
  /** Where it stands in the text after the change; for what is gone, in the text before. */
  number: number;
}

/** A stretch of lines that belong together; `skipped` unchanged lines come before it. */
export interface Hunk {
  skipped: number;
  lines: Line[];
}

const CONTEXT = 3;
/** Cells of the table; beyond, the middle is taken as replaced as a whole. */
const MOST_WORK = 4_000_000;

export function diffLines(before: string, after: string): Line[] {
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  )
    tail += 1;
  const same = (from: number, to: number): Line[] =>
    now.slice(from, to).map((text, index) => ({ kind: "same", text, number: from + index + 1 }));
  return [
    ...same(0, head),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail), head),
    ...same(now.length - tail, now.length),
  ];
}

/** The changed places with a few lines around them. */
export function hunks(lines: readonly Line[]): Hunk[] {
  const kept = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => line.kind !== "same"),
  );
  const found: Hunk[] = [];
  let skipped = 0;
  for (const [index, line] of lines.entries()) {
    if (!kept[index]) {
      skipped += 1;
      continue;
    }
    if (index === 0 || !kept[index - 1]) found.push({ skipped, lines: [] });
    found.at(-1)?.lines.push(line);
    skipped = 0;
  }
  return found;
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** By the longest common subsequence; what is gone stands before what is new. */
function middle(old: readonly string[], now: readonly string[], head: number): Line[] {
  const gone = (index: number): Line => ({
    kind: "gone",
    text: old[index] as string,
    number: head + index + 1,
  });
  const fresh = (index: number): Line => ({
    kind: "new",
    text: now[index] as string,
    number: head + index + 1,
  });
  if (old.length * now.length > MOST_WORK)
    return [...old.map((_, index) => gone(index)), ...now.map((_, index) => fresh(index))];
  const longest = common(old, now);
  const at = (i: number, j: number) => longest[i * (now.length + 1) + j] as number;
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ kind: "same", text: now[j] as string, number: head + j + 1 });
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone(i));
      i += 1;
    } else {
      lines.push(fresh(j));
      j += 1;
    }
  }
  return lines;
}

/** Lengths of the longest common subsequence of all that follows, row by row. */
function common(old: readonly string[], now: readonly string[]): Uint16Array {
  const width = now.length + 1;
  const table = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      table[i * width + j] =
        old[i] === now[j]
          ? (table[(i + 1) * width + j + 1] as number) + 1
          : Math.max(table[(i + 1) * width + j] as number, table[i * width + j + 1] as number);
  return table;
}
