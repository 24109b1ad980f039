/** What the palette offers, and which of it comes first. */
import type { ReactNode } from "react";
import { type Fit, match } from "./fuzzy";

export interface Question {
  title: string;
  /** What will be lost. */
  lost: string;
  /** The verb on the button that does it. */
  verb: string;
}

export interface Entry {
  /** The same each time, so that it can be remembered. */
  id: string;
  title: string;
  /** What sort of thing it is, in one word. */
  kind: string;
  Icon: (properties: { size?: number }) => ReactNode;
  /** How it stands, or where it lies. */
  note?: string | undefined;
  /** Words that lead to it too. */
  also?: string;
  /** What is asked before it is done. */
  question?: Question;
  /** Found by the daemon for what was typed: it fits as it is. */
  found?: boolean;
  run: () => void;
}

export interface Ranked {
  entry: Entry;
  /** Which letters of the title fitted. */
  at: readonly number[];
}

/** More than these nobody reads: one letter more is quicker. */
export const SHOWN = 40;

/** So much more is what was used last, and ever less what was used before. */
const RECENT = 4;
const OTHER_WORD = 8;
/** Behind what has the word in its title, before what has its letters only here and there. */
const FOUND = 6;

/** The best first; with nothing typed what was used last, then all else in the order given. */
export function ranked(entries: readonly Entry[], typed: string, recent: readonly string[]): Ranked[] {
  const scored: (Ranked & { score: number })[] = [];
  for (const entry of entries) {
    const found = scoreOf(entry, typed);
    if (!found) continue;
    const place = recent.indexOf(entry.id);
    const bonus = place < 0 ? 0 : RECENT * (1 - place / recent.length);
    scored.push({ entry, at: found.at, score: found.score + bonus });
  }
  return scored.sort((one, other) => other.score - one.score).slice(0, SHOWN);
}

function scoreOf({ title, also, found }: Entry, typed: string): Fit | null {
  if (found) return { score: FOUND, at: [] };
  const inTitle = match(typed, title);
  if (inTitle || !also) return inTitle;
  const others: string[] = also.toLowerCase().split(" ");
  const [elsewhere, here] = partition(typed.toLowerCase().split(/\s+/).filter(Boolean), (word) =>
    others.some((other) => other.startsWith(word)),
  );
  const rest = match(here.join(" "), title);
  return rest && { score: rest.score + elsewhere.length * OTHER_WORD, at: rest.at };
}

function partition<Item>(items: readonly Item[], holds: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(holds), items.filter((item) => !holds(item))];
}
