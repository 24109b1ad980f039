/** How well typed letters fit a text: they occur in it in their order, best at the beginnings of words and in a row. */

const START = 8;
const IN_A_ROW = 10;
const SKIPPED = 0.05;
const PART_OF_WORD = 1;
/** A letter counts so much on average, or the word is only strewn over the text. */
const LEAST = 3.5;

/** Where the letters of what was typed stand in a text, and how well; more is better. */
export interface Fit {
  score: number;
  at: number[];
}

/** Every word of `typed` must fit, in whatever order; null where one does not. Nothing typed fits everything. */
export function match(typed: string, text: string): Fit | null {
  const lower = text.toLowerCase();
  const starts = wordStarts(text);
  const whole: Fit = { score: 0, at: [] };
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = bestOf(word, lower, starts);
    if (!found) return null;
    whole.score += found.score;
    whole.at.push(...found.at);
  }
  // Of two that fit alike the shorter is meant.
  whole.score -= whole.at.length > 0 ? text.length * SKIPPED : 0;
  return whole;
}

/** Tried from each place where the first letter stands; from there each next letter is taken where it counts most. */
function bestOf(word: string, text: string, starts: ReadonlySet<number>): Fit | null {
  let best: Fit | null = null;
  for (let from = text.indexOf(word.charAt(0)); from >= 0; from = text.indexOf(word.charAt(0), from + 1)) {
    const found = follow(word, text, starts, from);
    if (found && (best === null || found.score > best.score)) best = found;
  }
  return best !== null && best.score >= LEAST * word.length ? best : null;
}

function follow(word: string, text: string, starts: ReadonlySet<number>, from: number): Fit | null {
  const found: Fit = { score: worth(from, null, starts), at: [from] };
  let last = from;
  for (let index = 1; index < word.length; index += 1) {
    const place = next(word.slice(index), text, starts, last);
    if (place < 0) return null;
    found.score += worth(place, last, starts);
    found.at.push(place);
    last = place;
  }
  return found;
}

/** The letter right behind, else one that begins a word from which the rest can still be found, else the nearest. */
function next(rest: string, text: string, starts: ReadonlySet<number>, last: number): number {
  const letter = rest.charAt(0);
  if (text.charAt(last + 1) === letter) return last + 1;
  const nearest = text.indexOf(letter, last + 1);
  for (let place = nearest; place >= 0; place = text.indexOf(letter, place + 1))
    if (starts.has(place) && isWithin(rest, text, place)) return place;
  return nearest;
}

function isWithin(letters: string, text: string, from: number): boolean {
  let place = from - 1;
  for (const letter of letters) {
    place = text.indexOf(letter, place + 1);
    if (place < 0) return false;
  }
  return true;
}

function worth(place: number, last: number | null, starts: ReadonlySet<number>): number {
  if (last !== null && place === last + 1) return IN_A_ROW;
  const skipped = last === null ? 0 : (place - last) * SKIPPED;
  return (starts.has(place) ? START : PART_OF_WORD) - skipped;
}

/** Where words begin: behind what is no letter or digit, and at capitals inside a word. */
function wordStarts(text: string): ReadonlySet<number> {
  const starts = new Set<number>();
  for (const { index } of text.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]|(?<=\p{Ll})\p{Lu}/gu))
    starts.add(index);
  return starts;
}
