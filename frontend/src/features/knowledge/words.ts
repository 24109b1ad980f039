/** How files of the knowledge base are spoken of. */
import type { KnowledgeFile, Snippet } from "@/api/types";

/** The path from the root that holds it on, which begins with the name of that root. */
export function shortPath(path: string, roots: readonly string[]): string {
  const within = roots.filter((root) => path.startsWith(root) && /[\\/]/.test(path[root.length] ?? ""));
  const root = within.reduce((longest, one) => (one.length > longest.length ? one : longest), "");
  const name = root.split(/[\\/]/).findLast(Boolean);
  return name === undefined ? path : name + path.slice(root.length);
}

/** From 0 to 1 as "90 %". */
export function confidenceText(confidence: number): string {
  return `${Math.round(confidence * 100)} %`;
}

export function fileCount(amount: number): string {
  return `${amount.toLocaleString("en-GB").replaceAll(",", " ")} ${amount === 1 ? "file" : "files"}`;
}

/** The agent that a file was routed to, the lower one where there is one. */
export function routedTo({
  agent,
  sub_agent: lower,
}: Pick<KnowledgeFile, "agent" | "sub_agent">): string | null {
  return lower ?? agent;
}

/** The parts of a line, with whether each is what was looked for. Places are counted in characters, not in the
 * halves that JavaScript makes of some. */
export function litParts({ text, highlights }: Pick<Snippet, "text" | "highlights">): [string, boolean][] {
  const characters = Array.from(text);
  const parts: [string, boolean][] = [];
  let at = 0;
  for (const [from, to] of highlights) {
    parts.push([characters.slice(at, from).join(""), false], [characters.slice(from, to).join(""), true]);
    at = to;
  }
  parts.push([characters.slice(at).join(""), false]);
  return parts.filter(([part]) => part !== "");
}
