import { expect, it } from "vitest";
import type { OutputFile } from "@/api/types";
import { run } from "@/test/run";
import { changeWords, comparison, filePairs } from "./compare";
import { picked, readRunSearch } from "./filter";
import { appearance } from "./statuses";
import { exitWords, metricText, secondsOf, took, valueText } from "./words";

it("compares what only one of two has as well, and marks what differs", () => {
  const left = run({ parameters: { steps: 4, mode: "quick" }, metrics: { loss: 0.5 } });
  const right = run({ parameters: { steps: 3, mode: "quick", dry: true }, status: "failed", exit_code: 3 });
  const { parameters, outcome, metrics } = comparison(left, right);
  expect(parameters).toEqual([
    { name: "steps", left: "4", right: "3", differs: true, change: "−25 %" },
    { name: "mode", left: "quick", right: "quick", differs: false, change: "" },
    { name: "dry", left: "–", right: "yes", differs: true, change: "" },
  ]);
  expect(outcome.filter(({ differs }) => differs).map(({ name }) => name)).toEqual(["State", "Exit"]);
  expect(metrics).toEqual([{ name: "loss", left: "0.5", right: "–", differs: true, change: "" }]);
});

it("tells by how much a number has changed, where that has a meaning", () => {
  expect(changeWords(0.5, 0.75)).toBe("+50 %");
  expect(changeWords(-2, -3)).toBe("−50 %");
  expect(changeWords(0, 3)).toBe("");
  expect(changeWords("1", 2)).toBe("");
});

it("puts files of the same path beside each other", () => {
  const file = (path: string) => ({ path }) as OutputFile;
  expect(filePairs([file("b"), file("a")], [file("b"), file("c")])).toEqual([
    { path: "a", left: file("a"), right: undefined },
    { path: "b", left: file("b"), right: file("b") },
    { path: "c", left: undefined, right: file("c") },
  ]);
});

it("picks two at most, the newest of them", () => {
  expect(picked(["a"], "b")).toEqual(["a", "b"]);
  expect(picked(["a", "b"], "c")).toEqual(["b", "c"]);
  expect(picked(["a", "b"], "a")).toEqual(["b"]);
});

it("reads what the history shows from what anyone may have typed", () => {
  expect(readRunSearch({ module: "train", status: "lost", pick: ["a", "b", "c"] })).toEqual({
    module: "train",
    pick: ["a", "b"],
  });
  expect(readRunSearch({ q: "disk full", hours: "24", from: "2026-11-01" })).toEqual({
    q: "disk full",
    hours: 24,
  });
  expect(readRunSearch({ hours: "25", from: "2026-11-01", to: "yesterday" })).toEqual({ from: "2026-11-01" });
});

it("says that a run is being ended until it has", () => {
  expect(appearance({ status: "running", ending: "cancelled" }).word).toBe("cancelling");
  expect(appearance({ status: "cancelled", ending: "cancelled" }).word).toBe("cancelled");
  expect(appearance({ status: "timed_out", ending: null }).word).toBe("timed out");
});

it("counts on between two messages, and not once it is over", () => {
  const going = run({ status: "running", completed_at: null, duration: 2 });
  const later = Date.parse("2026-11-21T08:00:11Z");
  expect(secondsOf(going, later)).toBe(10);
  expect(secondsOf(run(), later)).toBe(8.2);
  expect(secondsOf(run({ status: "queued", started_at: null, duration: null }), later)).toBeNull();
});

it("puts ends, times and values into words", () => {
  expect(exitWords({ exit_code: null, exit_signal: 9 })).toBe("signal 9");
  expect(took(0.42)).toBe("0.4 s");
  expect(took(75)).toBe("1m 15s");
  expect(valueText(["a", 2, false])).toBe("a, 2, no");
});

it("writes metrics with as many digits as tell the two apart", () => {
  const compared = (left: number, right: number) =>
    comparison(run({ metrics: { loss: left } }), run({ metrics: { loss: right } })).metrics;
  const row = { name: "loss", change: "" };
  expect(compared(0.12345678, 0.12345679)).toEqual([
    { ...row, left: "0.12345678", right: "0.12345679", differs: true },
  ]);
  expect(compared(3, 3.0000001)).toEqual([{ ...row, left: "3", right: "3.0000001", differs: true }]);
  expect(compared(0.1234567, 0.1234567)).toEqual([
    { ...row, left: "0.123457", right: "0.123457", differs: false },
  ]);
  expect(compared(0.3, 0.1 + 0.2)).toEqual([{ ...row, left: "0.3", right: "0.3", differs: false }]);
});

it("keeps six digits of a measurement, and all of a count", () => {
  expect(metricText(0.30000000000000004)).toBe("0.3");
  expect(metricText(1234.5678901)).toBe("1234.57");
  expect(metricText(0.00000123456789)).toBe("0.00000123457");
  expect(metricText(123456789)).toBe("123456789");
  expect(metricText("best")).toBe("best");
  expect(metricText(null)).toBe("–");
});
