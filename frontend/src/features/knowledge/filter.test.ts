import { expect, it } from "vitest";
import { readKnowledgeFilter, selectionOf } from "./filter";

const NOW = new Date(2026, 10, 21);
const queryOf = (q: string) => selectionOf({ q }, NOW).query;

it("finds what begins with the word that is being typed, until a space ends it", () => {
  expect(queryOf("comfy work")).toBe("comfy work*");
  expect(queryOf("comfy work ")).toBe("comfy work");
});

it("leaves phrases, filters, what is left out and very short words as they are typed", () => {
  for (const typed of ['"ip adap', "agent:art", "light -draft", "weig*", "ai", 'see "ip adapter"'])
    expect(queryOf(typed)).toBe(typed);
});

it("asks for nothing before there are two letters", () => {
  expect(queryOf("a")).toBe("");
  expect(queryOf("  ")).toBe("");
});

it("says dates and confidence in the words of the search", () => {
  expect(selectionOf({ days: 7, confidence: "80.." }, NOW)).toEqual({
    query: "date:>=2026-11-14 confidence:80..",
  });
  expect(selectionOf({ from: "2026-11-01" }, NOW).query).toBe("date:2026-11-01..");
});

it("lists faulty files only where no words are looked for", () => {
  expect(selectionOf({ faulty: true }, NOW)).toEqual({ query: "", faulty: true });
  expect(selectionOf({ faulty: true, q: "words " }, NOW)).toEqual({ query: "words" });
});

it("takes from an address only what makes sense", () => {
  expect(
    readKnowledgeFilter({ type: "exe", days: "8", confidence: "1", from: "soon", faulty: "no" }),
  ).toEqual({});
  expect(readKnowledgeFilter({ type: "pdf", days: "30", to: "2026-01-31", q: "12" })).toEqual({
    type: "pdf",
    days: 30,
    to: "2026-01-31",
    q: "12",
  });
});
