import { expect, it } from "vitest";
import { ago, bytes, count, duration, latency, percent } from "./format";
import { sparkPath } from "./spark";

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_400_000_000, "1.4 GB"],
  [99_960_000, "100 MB"],
  [null, "–"],
])("%s bytes read %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

it.each([
  [42, "42s"],
  [64, "1m 04s"],
  [3_840, "1h 04m"],
  [90_000, "1d 01h"],
  [null, "–"],
])("%s seconds read %s", (value, text) => {
  expect(duration(value)).toBe(text);
});

it.each([
  [1, "just now"],
  [42, "42 s ago"],
  [190, "3 min ago"],
  [7_300, "2 h ago"],
  [172_900, "2 d ago"],
])("%s seconds before reads %s", (seconds, text) => {
  expect(ago(1_000_000, 1_000_000 + seconds * 1_000)).toBe(text);
});

it.each([
  [0, "0 ms"],
  [0.0343, "34 ms"],
  [2.44, "2.4 s"],
  [null, "–"],
])("%s seconds of waiting read %s", (value, text) => {
  expect(latency(value)).toBe(text);
});

it("keeps shares and counts short", () => {
  expect([percent(12.34), percent(100), percent(400), percent(null), count(12345)]).toEqual([
    "12.3 %",
    "100 %",
    "400 %",
    "–",
    "12 345",
  ]);
});

it("lifts the pen at a gap and ends at the right edge", () => {
  expect(sparkPath([0, null, 100])).toBe("M92.7 22.5M96 1.5");
});
