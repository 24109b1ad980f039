import { describe, expect, it } from "vitest";
import { LogBuffer } from "./buffer";
import { compile, highlight } from "./search";
import { textBetween } from "./selection";
import { LogView, lowerBound, nextMatch } from "./view";

function filled(text: string, start = 1_000): LogBuffer {
  const buffer = new LogBuffer();
  add(buffer, text, start);
  return buffer;
}

function add(buffer: LogBuffer, text: string, start = buffer.end ?? 0): void {
  buffer.append({ log: "a", start, end: start + text.length, text, at: 0, times: [] });
}

const pattern = (text: string, regex = false) => compile({ text, regex }).pattern;
const rows = (view: LogView, buffer: LogBuffer) =>
  Array.from({ length: view.length }, (_, row) => buffer.line(view.id(row))?.raw.trim());

describe("filter by level", () => {
  it("keeps a stack trace with its error", () => {
    const buffer = filled("INFO a\nERROR b\n  at c\nINFO d\n");
    expect(rows(new LogView(buffer, "error"), buffer)).toEqual(["ERROR b", "at c"]);
  });

  it("goes on where it was as lines arrive, with a line that was still open", () => {
    const buffer = filled("INFO a\nWARN");
    const view = new LogView(buffer, "warning");
    add(buffer, "ING open\nplain\nDEBUG x\n");
    view.sync();
    expect(rows(view, buffer)).toEqual(["WARNING open", "plain"]);
  });

  it("takes in older pages and forgets dropped lines", () => {
    const buffer = new LogBuffer(10);
    add(buffer, "ERROR 1\nINFO 2\n", 100);
    const view = new LogView(buffer, "error");
    buffer.prepend({ log: "a", start: 92, end: 100, text: "ERROR 0\n", at: 0, times: [], first: true });
    view.sync();
    expect(rows(view, buffer)).toEqual(["ERROR 0", "ERROR 1"]);
    for (let step = 0; step < 12; step += 1) add(buffer, `ERROR ${step + 3}\n`);
    view.sync();
    expect(rows(view, buffer)).not.toContain("ERROR 0");
    expect(rows(view, buffer).at(-1)).toBe("ERROR 14");
    expect(view.length).toBe(buffer.lines.length);
  });
});

describe("search", () => {
  it("finds lines, and only those shown", () => {
    const buffer = filled("INFO cat\nERROR Cat\nERROR dog\n");
    const view = new LogView(buffer, null, pattern("cat"));
    expect(view.matches).toEqual([0, 1]);
    view.choose("error", pattern("cat"));
    expect(view.matches).toEqual([1]);
  });

  it("minds case once a capital is typed", () => {
    const buffer = filled("INFO cat\nERROR Cat\n");
    expect(new LogView(buffer, null, pattern("Cat")).matches).toEqual([1]);
  });

  it("grows with the log", () => {
    const buffer = filled("a\n");
    const view = new LogView(buffer, null, pattern("a"));
    add(buffer, "b\naa\n");
    view.sync();
    expect(view.matches).toEqual([0, 2]);
  });

  it("takes a text literally and a regular expression as one", () => {
    expect(pattern("a.b")?.test("axb")).toBe(false);
    expect(pattern("a.b", true)?.test("axb")).toBe(true);
  });

  it("says why a regular expression cannot be used", () => {
    expect(compile({ text: "(", regex: true }).fault).toMatch(/unterminated group/i);
  });

  it("marks hits across spans of different colour", () => {
    const spans = [
      { text: "he", style: { fg: 1 } },
      { text: "llo", style: null },
    ];
    expect(highlight(spans, pattern("ell")).map(({ text, hit }) => [text, hit])).toEqual([
      ["h", false],
      ["e", true],
      ["ll", true],
      ["o", false],
    ]);
  });
});

it("copies clean text between two places of the rows shown", () => {
  const buffer = filled("\x1b[31mERROR one\x1b[0m\nINFO two\nERROR three\n");
  const view = new LogView(buffer, "error");
  expect(textBetween({ id: 0, offset: 6 }, { id: 2, offset: 8 }, view, buffer)).toBe("one\nERROR th");
});

it("finds the first id that is not below another", () => {
  expect([lowerBound([2, 4, 6], 4), lowerBound([2, 4, 6], 5), lowerBound([2, 4, 6], 9)]).toEqual([1, 2, 3]);
});

describe("going from match to match", () => {
  const buffer = filled("a\nx\na\nx\na\n");
  const view = new LogView(buffer, null, pattern("a"));

  it("goes round the ends", () => {
    expect(nextMatch(view, 0, 1, true)).toBe(2);
    expect(nextMatch(view, 4, 1, true)).toBe(0);
    expect(nextMatch(view, 0, -1, true)).toBe(4);
  });

  it("begins at the reader's place, and from the live end with the last", () => {
    expect(nextMatch(view, 2, 1, false)).toBe(2);
    expect(nextMatch(view, 5, 1, false)).toBe(4);
    expect(nextMatch(view, 5, -1, false)).toBe(4);
  });

  it("finds nothing where nothing matches", () => {
    expect(nextMatch(new LogView(buffer, null, pattern("zz")), 0, 1, false)).toBeNull();
  });
});
