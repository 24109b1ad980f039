import { describe, expect, it } from "vitest";
import { match } from "./fuzzy";

const score = (typed: string, text: string) => match(typed, text)?.score ?? Number.NEGATIVE_INFINITY;

describe("match", () => {
  it("finds letters in their order and in no other", () => {
    expect(match("cmf", "ComfyUI")).not.toBeNull();
    expect(match("fmc", "ComfyUI")).toBeNull();
  });

  it("takes letters strewn over a text for nothing", () => {
    expect(match("stop", "Density: compact")).toBeNull();
  });

  it("finds words in whatever order", () => {
    expect(match("log clock", "Clock: log")).not.toBeNull();
    expect(match("log clock", "Clock: stop")).toBeNull();
  });

  it("tells which letters fitted, those in a row and at beginnings before others", () => {
    expect(match("ui", "Build ComfyUI")?.at).toEqual([11, 12]);
    expect(match("sc", "Restart ComfyUI: second")?.at).not.toEqual([2, 8]);
  });

  it("likes a word better than letters strewn over others", () => {
    expect(score("stop", "Stop Clock")).toBeGreaterThan(score("stop", "Start Open"));
    expect(score("log", "Log of Clock")).toBeGreaterThan(score("log", "Analogue of it"));
  });

  it("likes initials better than letters from within", () => {
    expect(score("oc", "Open Clock")).toBeGreaterThan(score("oc", "Docile"));
  });

  it("likes the shorter of two that fit alike", () => {
    expect(score("runs", "Runs")).toBeGreaterThan(score("runs", "Runs of yesterday"));
  });

  it("does not lose the rest of a word by leaping too far", () => {
    expect(match("star", "start a run")).not.toBeNull();
    expect(match("abc", "a xbc b")).not.toBeNull();
  });

  it("takes nothing typed as fitting", () => {
    expect(match("  ", "Anything")).toEqual({ score: 0, at: [] });
  });
});
