import { expect, it } from "vitest";
import { litParts, shortPath } from "./words";

it("shortens a path by the innermost root that holds it", () => {
  expect(shortPath("/home/me/notes/art/a.md", ["/home/me", "/home/me/notes"])).toBe("notes/art/a.md");
  expect(shortPath("C:\\notes\\a.md", ["C:\\notes"])).toBe("notes\\a.md");
  expect(shortPath("/home/me/notes-old/a.md", ["/home/me/notes"])).toBe("/home/me/notes-old/a.md");
});

it("lights up by characters, also behind ones that take two units", () => {
  expect(litParts({ text: "🎨 ip adapter", highlights: [[2, 4]] })).toEqual([
    ["🎨 ", false],
    ["ip", true],
    [" adapter", false],
  ]);
});
