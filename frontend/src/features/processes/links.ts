/** Addresses and file paths within a text. */

export type Part = { text: string; kind: "text" | "url" | "path" };

const LIVE =
  /(https?:\/\/[^\s<>"'`]+)|((?<![\w/.:])(?:[A-Za-z]:[\\/]|~?\/)(?:[\w.@+~ -]*[\w.@+~-][\\/])+[\w.@+~-]+(?::\d+)?)/g;
const TRAILING = /[.,;:!?)\]}]+$/;

export function parts(text: string): Part[] {
  if (!text.includes("/") && !text.includes("\\")) return [{ text, kind: "text" }];
  const found: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(LIVE)) {
    const kind = match[1] ? "url" : "path";
    const whole = kind === "url" ? match[0].replace(TRAILING, "") : match[0];
    if (match.index > from) found.push({ text: text.slice(from, match.index), kind: "text" });
    found.push({ text: whole, kind });
    from = match.index + whole.length;
  }
  if (from < text.length) found.push({ text: text.slice(from), kind: "text" });
  return found;
}
