import { describe, expect, it } from "vitest";
import { parseSearch, stringifySearch, toggled } from "@/searchParameters";
import { service } from "@/test/service";
import { runningDependents, whatIsLost } from "./consequences";
import { allTags, matching, readFilter } from "./filter";

const comfyui = service({ id: "comfyui", name: "ComfyUI", tags: ["gpu", "image"], status: "running" });
const ollama = service({ id: "ollama", name: "Ollama", tags: ["gpu", "llm"], status: "stopped" });
const all = [comfyui, ollama];

describe("matching", () => {
  it("wants every word, any of the tags and any of the states", () => {
    expect(matching(all, { q: "comfy gpu" })).toEqual([comfyui]);
    expect(matching(all, { tag: ["llm", "image"] })).toEqual(all);
    expect(matching(all, { tag: ["gpu"], state: ["stopped"] })).toEqual([ollama]);
    expect(matching(all, {})).toEqual(all);
  });
});

describe("the URL", () => {
  it("says what is shown, and gives it back", () => {
    const filter = { q: "8188", tag: ["gpu", "llm"], state: ["failed" as const], view: "list" as const };
    const text = stringifySearch(filter);
    expect(text).toBe("?q=8188&tag=gpu&tag=llm&state=failed&view=list");
    expect(readFilter(parseSearch(text))).toEqual(filter);
  });

  it("may hold nonsense", () => {
    expect(readFilter(parseSearch("?state=flying&view=7&q="))).toEqual({});
  });
});

it("toggles a value in and out", () => {
  expect(toggled(undefined, "a")).toEqual(["a"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  expect(toggled(["a"], "a")).toBeUndefined();
});

it("lists each tag once, in order", () => {
  expect(allTags(all)).toEqual(["gpu", "image", "llm"]);
});

describe("what a stop touches", () => {
  const needs = service({ id: "n8n", name: "n8n", status: "running" });
  const definitions = { n8n: { depends_on: { comfyui: {} } }, ollama: { depends_on: { comfyui: {} } } };

  it("are the dependents that are up", () => {
    expect(runningDependents("comfyui", definitions, [...all, needs])).toEqual([needs]);
  });

  it("is named before it is lost", () => {
    const at = "2026-11-21T08:00:00Z";
    expect(whatIsLost({ ...comfyui, started_at: at }, [needs], Date.parse(at) + 3_840_000)).toBe(
      "What it is doing now ends. It has been up for 1h 04m. n8n depends on it and will stay up without it.",
    );
  });
});
