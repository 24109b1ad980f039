import { describe, expect, it } from "vitest";
import { paletteColour, parseLine, plainText } from "./ansi";

const texts = (raw: string) => parseLine(raw).map((span) => span.text);

describe("colours", () => {
  it("leaves plain text as one span without a style", () => {
    expect(parseLine("hello")).toEqual([{ text: "hello", style: null }]);
  });

  it("reads colours, flags and resets", () => {
    expect(parseLine("\x1b[1;31mbad\x1b[0m then \x1b[92mgood\x1b[39m.")).toEqual([
      { text: "bad", style: { bold: true, fg: 1 } },
      { text: " then ", style: null },
      { text: "good", style: { fg: 10 } },
      { text: ".", style: null },
    ]);
  });

  it("reads 256 colours and true colours, with semicolons and colons", () => {
    expect(parseLine("\x1b[38;5;208mo\x1b[48;2;1;2;255mt\x1b[m\x1b[38:2:255:0:16mc")).toEqual([
      { text: "o", style: { fg: 208 } },
      { text: "t", style: { fg: 208, bg: "#0102ff" } },
      { text: "c", style: { fg: "#ff0010" } },
    ]);
  });

  it("ends each flag by its own code", () => {
    const spans = parseLine("\x1b[1;3;4mx\x1b[22my\x1b[23;24mz");
    expect(spans.map((span) => span.style)).toEqual([
      { bold: true, italic: true, underline: true },
      { italic: true, underline: true },
      null,
    ]);
  });

  it("drops what is neither text nor style: titles, cursor moves, bells", () => {
    expect(plainText("\x1b]0;title\x07a\x1b[2Jb\x07c\x1b(Bd\x1b")).toBe("abcd");
  });

  it("knows the palette", () => {
    expect([paletteColour(16), paletteColour(196), paletteColour(231), paletteColour(244)]).toEqual([
      "#000000",
      "#ff0000",
      "#ffffff",
      "#808080",
    ]);
  });
});

describe("lines that overwrite themselves", () => {
  it("shows the last state of a progress bar", () => {
    expect(plainText("  1%|#\r 50%|#####\r100%|##########\r")).toBe("100%|##########");
  });

  it("keeps what a shorter text does not cover, as a terminal does", () => {
    expect(plainText("downloading\rdone")).toBe("doneloading");
  });

  it("erases to the end of the line when told", () => {
    expect(plainText("downloading\r\x1b[Kdone")).toBe("done");
    expect(plainText("downloading\x1b[2K\rok")).toBe("ok");
  });

  it("takes back characters by backspace", () => {
    expect(plainText("|\b/\b-\b\\")).toBe("\\");
  });

  it("keeps the colours of what is seen", () => {
    expect(parseLine("\x1b[31mred\x1b[0m\r\x1b[32mg")).toEqual([
      { text: "g", style: { fg: 2 } },
      { text: "ed", style: { fg: 1 } },
    ]);
  });

  it("takes the CR of a Windows line end for what it is", () => {
    expect(texts("hello\r")).toEqual(["hello"]);
  });

  it("is not made to allocate by a huge cursor move", () => {
    expect(plainText("a\x1b[999999999Cb").length).toBeLessThanOrEqual(10_001);
  });
});
