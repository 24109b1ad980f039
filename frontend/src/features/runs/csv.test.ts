import { expect, it } from "vitest";
import { readTable, separatorOf } from "./csv";

it("reads quoted cells with separators, quotes and line ends in them", () => {
  const { head, rows } = readTable('name,said\r\nAda,"one, ""two""\nthree"\r\n', 10, false);
  expect(head).toEqual(["name", "said"]);
  expect(rows).toEqual([["Ada", 'one, "two"\nthree']]);
});

it("knows the separator by the first line", () => {
  expect(separatorOf("a;b;c\n1,2;3;4")).toBe(";");
  expect(separatorOf("a\tb\n")).toBe("\t");
  expect(separatorOf("alone")).toBe(",");
});

it("leaves out a row that was cut, and what is more than asked for", () => {
  expect(readTable("a,b\n1,2\n3,4\n5", 10, true).rows).toEqual([
    ["1", "2"],
    ["3", "4"],
  ]);
  expect(readTable("a,b\n1,2\n3,4", 1, false).rows).toEqual([["1", "2"]]);
});

it("passes over the byte order mark and empty lines", () => {
  expect(readTable("\uFEFFa,b\n\n1,2\n", 10, false)).toEqual({ head: ["a", "b"], rows: [["1", "2"]] });
});
