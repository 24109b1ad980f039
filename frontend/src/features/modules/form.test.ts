import { expect, it } from "vitest";
import { parameter } from "@/test/module";
import { beginning, boundsWords, draftsOf, given, valueIn, visible } from "./form";

const number = parameter({ name: "steps", type: "number" });
const size = parameter({ name: "size", type: "select", options: [720, 1080] });
const parts = parameter({ name: "parts", type: "select", options: ["head", "tail"], multiple: true });
const lines = parameter({ name: "tags", multiple: true });
const key = parameter({ name: "key", type: "password", secret: true });

it("reads what was typed as the value that it stands for", () => {
  expect(valueIn(number, "0.5")).toBe(0.5);
  expect(valueIn(size, "720")).toBe(720);
  expect(valueIn(parts, ["tail"])).toEqual(["tail"]);
  expect(valueIn(lines, "a\n\nb c")).toEqual(["a", "b c"]);
  expect(valueIn(parameter(), "0.5")).toBe("0.5");
});

it("gives nothing for an empty field, and leaves what is no number to be refused", () => {
  expect(valueIn(number, "")).toBeNull();
  expect(valueIn(number, "many")).toBe("many");
  expect(valueIn(number, "1e999")).toBe("1e999");
  expect(valueIn(number, "9007199254740993")).toBe("9007199254740993");
  expect(valueIn(lines, "\n")).toEqual([]);
});

it("fills the fields with values, but never a secret", () => {
  const drafts = draftsOf([number, parts, lines, key], {
    steps: 0,
    parts: ["head"],
    tags: ["a", "b"],
    key: "•••",
  });
  expect(drafts).toEqual({ steps: "0", parts: ["head"], tags: "a\nb", key: "" });
});

it("shows a field only while its condition and those above it hold", () => {
  const above = parameter({ name: "on", type: "checkbox" });
  const middle = parameter({ ...size, conditional_display: { field: "on", value: true } });
  const below = parameter({ name: "deep", conditional_display: { field: "size", value: "720" } });
  const shown = (drafts: Record<string, string | boolean>) => [...visible([above, middle, below], drafts)];
  expect(shown({ on: true, size: "720" })).toEqual(["on", "size", "deep"]);
  expect(shown({ on: true, size: "1080" })).toEqual(["on", "size"]);
  expect(shown({ on: false, size: "720" })).toEqual(["on"]);
});

it("never shows fields that ask about each other, or about one that is not there", () => {
  const one = parameter({ name: "one", conditional_display: { field: "two", value: "x" } });
  const two = parameter({ name: "two", conditional_display: { field: "one", value: "x" } });
  const lost = parameter({ name: "lost", conditional_display: { field: "nobody", value: "x" } });
  expect([...visible([one, two, lost], { one: "x", two: "x" })]).toEqual([]);
});

it("asks for a run with what is shown; an empty secret keeps its default", () => {
  const hidden = parameter({ name: "hidden", conditional_display: { field: "steps", value: 9 } });
  const drafts = { steps: "5", hidden: "x", key: "" };
  expect(given([number, hidden, key], drafts)).toEqual({ steps: 5 });
  expect(given([number, hidden, key], { ...drafts, steps: "9", key: "k" })).toEqual({
    steps: 9,
    hidden: "x",
    key: "k",
  });
});

it("says the bounds of a number in words", () => {
  expect(boundsWords({ ...number, min: 1, max: 9, integer: true })).toBe("whole number from 1 to 9");
  expect(boundsWords({ ...number, min: 1 })).toBe("number of at least 1");
  expect(boundsWords({ ...number, max: 1 })).toBe("number of at most 1");
});

it("begins as an earlier run was: empty where it had nothing, the default where it had not been asked", () => {
  const deep = parameter({ name: "deep", type: "checkbox", default: false });
  const rate = parameter({ name: "rate", type: "number", default: 0.5 });
  const depth = parameter({
    name: "depth",
    default: "abyss",
    conditional_display: { field: "deep", value: true },
  });
  expect(beginning([deep, rate, depth], { deep: false })).toEqual({
    deep: false,
    rate: null,
    depth: "abyss",
  });
  expect(beginning([deep, rate, depth], { deep: true, rate: 1 })).toEqual({
    deep: true,
    rate: 1,
    depth: null,
  });
});
