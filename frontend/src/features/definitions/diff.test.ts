import { expect, it } from "vitest";
import { diffLines, hunks } from "./diff";

const marks = (before: string, after: string) =>
  diffLines(before, after).map(({ kind, text }) => `${{ same: " ", gone: "-", new: "+" }[kind]}${text}`);

it("tells added, changed and removed lines from those that stay", () => {
  expect(marks("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n")).toEqual([" a", "-b", "+B", " c", " d", "+e"]);
  expect(marks("a\nb\nc\n", "a\nc\n")).toEqual([" a", "-b", " c"]);
  expect(marks("", "a\n")).toEqual(["+a"]);
  expect(marks("a\r\nb\r\n", "a\nb\n")).toEqual([" a", " b"]);
});

it("numbers lines as they stand in the new text", () => {
  const lines = diffLines("a\nb\nc\n", "x\na\nb\nd\n");
  expect(lines.map(({ kind, number }) => [kind, number])).toEqual([
    ["new", 1],
    ["same", 2],
    ["same", 3],
    ["gone", 3],
    ["new", 4],
  ]);
});

it("shows a change with three lines around it and says how many it leaves out", () => {
  const many = Array.from({ length: 40 }, (_, i) => `line ${i}`);
  const after = [...many];
  after[20] = "changed";
  const [only, ...more] = hunks(diffLines(many.join("\n"), after.join("\n")));
  expect(more).toEqual([]);
  expect(only?.skipped).toBe(17);
  expect(only?.lines.map(({ kind }) => kind)).toEqual([
    "same",
    "same",
    "same",
    "gone",
    "new",
    "same",
    "same",
    "same",
  ]);
});

it("has nothing to show where nothing changes", () => {
  expect(hunks(diffLines("a\nb\n", "a\nb\n"))).toEqual([]);
});
