import { expect, it } from "vitest";
import { creatorOf } from "@/test/knowledge";
import { fitting, readCreatorFilter } from "./creators";

const ALL = [
  creatorOf("ada", { focus: "Rigging in Blender", priority: "critical", due: true }),
  creatorOf("bob", { knowledge_categories: ["rigging"], priority: null }),
  creatorOf("cleo", { focus: "Lighting" }),
];
const idsOf = (filter: Parameters<typeof fitting>[1]) => fitting(ALL, filter).map(({ id }) => id);

it("narrows creators by words, tier and whether they are due", () => {
  expect(idsOf({ q: "RIGGING" })).toEqual(["ada", "bob"]);
  expect(idsOf({ q: "rigging blender" })).toEqual(["ada"]);
  expect(idsOf({ priority: "low" })).toEqual(["cleo"]);
  expect(idsOf({ due: true })).toEqual(["ada"]);
});

it("takes from an address only what makes sense", () => {
  expect(readCreatorFilter({ priority: "urgent", due: "no", q: "" })).toEqual({});
  expect(readCreatorFilter({ priority: "high", due: "true" })).toEqual({ priority: "high", due: true });
});
