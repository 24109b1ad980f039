import { expect, it } from "vitest";
import { blockAt, blocksOf, indented } from "./blocks";

it("keeps every line, numbered from one, in blocks", () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`);
  const blocks = blocksOf(`${lines.join("\n")}\n`);
  expect(blocks.flatMap((block) => block.lines)).toEqual(lines);
  for (const { first, lines: some } of blocks) expect(some[0]).toBe(`line ${first}`);
  expect(blocks[blockAt(blocks, 777)]?.lines).toContain("line 777");
});

it("makes blocks of long lines short", () => {
  const blocks = blocksOf(Array.from({ length: 10 }, () => "x".repeat(50_000)).join("\n"));
  expect(blocks.map(({ first }) => first)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

it("is one line where there is none, and the nearest block where a line is not there", () => {
  expect(blocksOf("")).toEqual([{ first: 1, lines: [""] }]);
  expect(blockAt(blocksOf("a\nb"), 99)).toBe(0);
  expect(blockAt(blocksOf("a\nb"), 0)).toBe(0);
});

it("breaks JSON into lines and rounds no number", () => {
  const json = '{"id":12345678901234567890,"of":[1.50,"a:{b}\\"",[]],"none":{}}';
  expect(indented(json)).toBe(
    '{\n  "id": 12345678901234567890,\n  "of": [\n    1.50,\n    "a:{b}\\"",\n    []\n  ],\n  "none": {}\n}',
  );
  expect(JSON.parse(indented(json))).toEqual(JSON.parse(json));
});
