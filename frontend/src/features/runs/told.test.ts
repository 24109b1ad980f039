import { expect, it } from "vitest";
import { progressWords } from "./told";

it("puts what a script tells of its progress into words", () => {
  const whole = {
    progress: 0.4,
    message: "page 4\nof 10",
    items: 4000,
    total: 10_000,
    metrics: { loss: 0.314_285_714_285, best: true },
  };
  expect(progressWords(`${JSON.stringify(whole)}\r\n`)).toBe(
    "40 % · 4 000 of 10 000 · page 4 of 10 · loss 0.314286 · best yes",
  );
  expect(progressWords(' {"progress": 0.29}')).toBe("29 %");
  expect(progressWords('{"items": 3}')).toBe("3");
});

it.each([
  "page 4 of 10",
  "[0.4]",
  '{"progress": 0.4',
  '{"message": "done"}',
  '{"progress": 0.4, "page": 4}',
  '{"progress": 1.5}',
  '{"progress": 0.4, "total": 9}',
  '{"items": "many"}',
  '{"metrics": {}}',
  '{"progress": 0.4, "constructor": 1}',
])("leaves %s as it is: no other line loses a word", (line) => {
  expect(progressWords(line)).toBeNull();
});
