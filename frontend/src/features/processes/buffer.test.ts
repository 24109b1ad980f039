import { describe, expect, it } from "vitest";
import type { LogText } from "@/api/messages";
import { cleanText, LogBuffer } from "./buffer";

const bytes = (text: string) => new TextEncoder().encode(text).length;
const block = (start: number, text: string, more: Partial<LogText> = {}): LogText => ({
  log: "service:a",
  start,
  end: start + bytes(text),
  text,
  at: 1_000,
  times: [],
  ...more,
});
const shown = (buffer: LogBuffer) =>
  buffer.lines.map((line) => (line.lost === null ? cleanText(line) : `<${line.lost}>`));
const numbered = (from: number, amount: number) =>
  Array.from({ length: amount }, (_, index) => `line ${from + index}\n`).join("");

describe("what arrives", () => {
  it("becomes lines", () => {
    const buffer = new LogBuffer();
    buffer.append(block(100, "one\ntwo\r\n\nthree"));
    expect(shown(buffer)).toEqual(["one", "two", "", "three"]);
    expect([buffer.start, buffer.end, buffer.complete]).toEqual([100, 115, false]);
  });

  it("is shown in words where it is written for a program, and counted as it is", () => {
    const buffer = new LogBuffer(undefined, undefined, (line) => (line === "{40}\n" ? "40 %" : null));
    buffer.append(block(10, "one\n{4"));
    expect(shown(buffer)).toEqual(["one", "{4"]);
    buffer.append(block(16, "0}\n{40}\n"));
    expect(shown(buffer)).toEqual(["one", "40 %", "40 %"]);
    buffer.prepend({ ...block(5, "{40}\n"), first: false });
    expect(shown(buffer)).toEqual(["40 %", "one", "40 %", "40 %"]);
    expect([buffer.start, buffer.end]).toEqual([5, 24]);
  });

  it("continues an unfinished line", () => {
    const buffer = new LogBuffer();
    buffer.append(block(0, "he"));
    buffer.append(block(2, "llo\nworld\n"));
    expect(shown(buffer)).toEqual(["hello", "world"]);
  });

  it("redraws a progress bar in its own line", () => {
    const buffer = new LogBuffer();
    buffer.append(block(0, " 1%"));
    buffer.append(block(3, "\r 2%"));
    buffer.append(block(7, "\r 3%\nready\n"));
    expect(shown(buffer)).toEqual([" 3%", "ready"]);
  });

  it("does not keep every state that a progress bar went through", () => {
    const buffer = new LogBuffer();
    let at = 0;
    for (let step = 0; step < 5_000; step += 1) {
      const text = `\r${String(step).padStart(30)}`;
      buffer.append(block(at, text));
      at += text.length;
    }
    expect(buffer.lines[0]?.raw.length).toBeLessThan(20_000);
    expect(shown(buffer)).toEqual(["4999".padStart(30)]);
  });

  it("is not taken twice when a block comes again, whole or in part", () => {
    const buffer = new LogBuffer();
    buffer.append(block(0, "äöü\n"));
    buffer.append(block(0, "äöü\n"));
    buffer.append(block(0, "äöü\nnext\n"));
    expect(shown(buffer)).toEqual(["äöü", "next"]);
  });

  it("shows a hole as a hole", () => {
    const buffer = new LogBuffer();
    buffer.append(block(0, "a\n"));
    buffer.append(block(50, "b\n"));
    buffer.gap(52, 60);
    buffer.append(block(60, "c\n"));
    expect(shown(buffer)).toEqual(["a", "<48>", "b", "<8>", "c"]);
  });

  it("gives each line the time of its part of the block", () => {
    const buffer = new LogBuffer();
    buffer.append(
      block(10, "ä\nb\nc\n", {
        at: 1,
        times: [
          [13, 2],
          [15, 3],
        ],
      }),
    );
    expect(buffer.lines.map((line) => line.at)).toEqual([1, 2, 3]);
  });
});

describe("a full window", () => {
  it("drops the oldest lines and knows where it begins", () => {
    const buffer = new LogBuffer(100);
    let at = 0;
    for (let part = 0; part < 20; part += 1) {
      const text = numbered(part * 10, 10);
      buffer.append(block(at, text));
      at += bytes(text);
    }
    expect(buffer.lines.length).toBeLessThanOrEqual(100);
    const first = Number(shown(buffer)[0]?.slice(5));
    expect(buffer.start).toBe(bytes(numbered(0, first)));
    expect(shown(buffer).at(-1)).toBe("line 199");
    expect(buffer.line(buffer.lastId)).toBe(buffer.lines.at(-1));
  });

  it("knows where it begins within one large block too", () => {
    const buffer = new LogBuffer(100);
    buffer.append(block(0, numbered(0, 1_000)));
    const first = Number(shown(buffer)[0]?.slice(5));
    expect(buffer.start).toBe(bytes(numbered(0, first)));
    expect(buffer.lines.length).toBe(90);
  });

  it("takes nothing from a reader: it stops growing and counts what comes", () => {
    const buffer = new LogBuffer(100);
    buffer.append(block(0, numbered(0, 95)));
    const end = buffer.end ?? 0;
    buffer.hold(true);
    buffer.append(block(end, numbered(95, 50)));
    buffer.append(block(end + bytes(numbered(95, 50)), numbered(145, 50)));
    expect(shown(buffer)[0]).toBe("line 0");
    expect([buffer.waiting, buffer.detached]).toEqual([100, true]);
    expect(shown(buffer).at(-1)).toBe("line 144");
  });

  it("begins anew after a reset, with other ids", () => {
    const buffer = new LogBuffer(100);
    buffer.append(block(0, numbered(0, 10)));
    const last = buffer.lastId;
    buffer.reset();
    buffer.append(block(5_000, "fresh\n"));
    expect(shown(buffer)).toEqual(["fresh"]);
    expect(buffer.firstId).toBeGreaterThan(last);
  });
});

describe("older pages", () => {
  const page = (start: number, text: string, first: boolean) => ({ ...block(start, text), first });

  it("go on top, and every line keeps its id", () => {
    const buffer = new LogBuffer();
    buffer.append(block(20, "c\nd\n"));
    const [c] = buffer.lines;
    const id = buffer.firstId;
    expect(buffer.prepend(page(16, "a\nb\n", true))).toBe(2);
    expect(shown(buffer)).toEqual(["a", "b", "c", "d"]);
    expect(buffer.line(id)).toBe(c);
    expect([buffer.start, buffer.complete]).toEqual([16, true]);
  });

  it("are ignored when they do not meet the window", () => {
    const buffer = new LogBuffer();
    buffer.append(block(20, "c\n"));
    expect(buffer.prepend(page(0, "a\n", true))).toBe(0);
    expect(shown(buffer)).toEqual(["c"]);
  });

  it("move a full window towards the past", () => {
    const buffer = new LogBuffer(20);
    buffer.append(block(1_000, numbered(100, 8)));
    buffer.append(block(1_000 + bytes(numbered(100, 8)), numbered(108, 8)));
    buffer.hold(true);
    const text = numbered(80, 10);
    buffer.prepend(page(1_000 - bytes(text), text, false));
    expect(shown(buffer)[0]).toBe("line 80");
    expect(buffer.lines.length).toBeLessThanOrEqual(20);
    expect(buffer.detached).toBe(true);
    expect(buffer.end).toBe(1_000 + bytes(numbered(100, 8)));
  });
});

it("takes in a hundred thousand lines in well under a second", () => {
  const buffer = new LogBuffer();
  let at = 0;
  const began = performance.now();
  for (let part = 0; part < 100; part += 1) {
    const text = numbered(part * 1_000, 1_000);
    buffer.append(block(at, text));
    at += text.length;
  }
  expect(performance.now() - began).toBeLessThan(800);
  expect(buffer.lines.length).toBeLessThanOrEqual(50_000);
  expect(buffer.lastId).toBe(99_999);
});
