import { expect, it } from "vitest";
import { module } from "@/test/module";
import { byCategory, matching, readModuleFilter } from "./filter";

const all = [
  module({ id: "a", name: "Train", category: "models/small", tags: ["gpu"] }),
  module({ id: "b", name: "Collect", category: "data", tags: ["web"] }),
  module({ id: "c", name: "Archive", category: "models" }),
  module({ id: "d", name: "Loose" }),
];
const ids = (filter: Parameters<typeof matching>[1]) => matching(all, filter).map(({ id }) => id);

it("finds by every word, by any tag, and by a category with those below it", () => {
  expect(ids({ q: "train small" })).toEqual(["a"]);
  expect(ids({ tag: ["gpu", "web"] })).toEqual(["a", "b"]);
  expect(ids({ category: "models" })).toEqual(["a", "c"]);
  expect(ids({ category: "model" })).toEqual([]);
});

it("lists by the first part of the category, then by the rest and by name, those without one last", () => {
  expect(byCategory(all).map(([category, members]) => [category, members.map(({ id }) => id)])).toEqual([
    ["data", ["b"]],
    ["models", ["c", "a"]],
    ["", ["d"]],
  ]);
});

it("reads a filter from what anyone may have typed", () => {
  expect(readModuleFilter({ q: "x", tag: "gpu", category: "", other: "1" })).toEqual({
    q: "x",
    tag: ["gpu"],
  });
});
