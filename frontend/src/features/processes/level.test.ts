import { expect, it } from "vitest";
import { levelOf } from "./level";
import { parts } from "./links";

it.each([
  ["2026-11-21 08:00:00 ERROR [main] no", "error"],
  ["[WARNING] slow", "warning"],
  ["WARN: slow", "warning"],
  ["INFO:     127.0.0.1 - GET / 200", "info"],
  ["level=debug msg=x", "debug"],
  ["error: no such file", "error"],
  ["npm warn deprecated", "warning"],
  ["Traceback (most recent call last):", "error"],
  ["ValueError: bad", "error"],
  ["INFO the ERROR page was shown", "info"],
  ["got prompt", null],
  ["no errors, information only", null],
])("%s is %s", (text, level) => {
  expect(levelOf(text)).toBe(level);
});

it.each([
  ["see https://a.test/b?c=1, please", ["https://a.test/b?c=1"]],
  ['File "/home/me/app/main.py", line 3', ["/home/me/app/main.py"]],
  ["at C:\\Tools\\app\\main.py:12 in", ["C:\\Tools\\app\\main.py:12"]],
  ["3/4 done, and/or more", []],
])("finds what is live in %s", (text, found) => {
  expect(
    parts(text)
      .filter((part) => part.kind !== "text")
      .map((part) => part.text),
  ).toEqual(found);
  expect(
    parts(text)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});
