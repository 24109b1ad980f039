/** Which keys do what: single keys and sequences such as "g s", decided purely. */

export interface Binding {
  /** "r", "?", "Enter", or two keys with a space between them. */
  keys: string;
  does: string;
  run: () => void;
}

export interface Pressed {
  prefix: string | null;
  at: number;
}

export const NOTHING_PRESSED: Pressed = { prefix: null, at: 0 };

/** How long the second key of a sequence may take, milliseconds. */
export const SEQUENCE_TIME = 1_500;

/** The next state, and the binding that `key` completes. Of two bindings for the same keys the later one wins. */
export function press(
  before: Pressed,
  key: string,
  now: number,
  bindings: readonly Binding[],
): { after: Pressed; binding: Binding | null } {
  const prefix = before.prefix !== null && now - before.at <= SEQUENCE_TIME ? before.prefix : null;
  const whole = prefix === null ? key : `${prefix} ${key}`;
  const binding = bindings.findLast((one) => one.keys === whole);
  if (binding) return { after: NOTHING_PRESSED, binding };
  if (prefix !== null) return press(NOTHING_PRESSED, key, now, bindings);
  const begins = bindings.some((one) => one.keys.startsWith(`${key} `));
  return { after: begins ? { prefix: key, at: now } : NOTHING_PRESSED, binding: null };
}

interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: EventTarget | null;
}

const TYPES_TEXT = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
const ANSWERS_ENTER = "a, button, summary, [role=button], [role=tab], [role=menuitem], [role=option]";

/** Opens the palette: the one key with Ctrl that is ours, and in fields too. */
export const PALETTE = "Ctrl+K";

/** The name of a key press for bindings; null when it belongs to the browser, a field or a control. */
export function keyName(event: KeyPress): string | null {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") return PALETTE;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPES_TEXT)) return null;
  if ((event.key === "Enter" || event.key === " ") && target?.closest(ANSWERS_ENTER)) return null;
  return event.key;
}
