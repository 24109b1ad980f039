import { describe, expect, it, vi } from "vitest";
import { type Binding, keyName, NOTHING_PRESSED, press } from "./keyboard";

const bind = (keys: string, run = () => undefined): Binding => ({ keys, does: keys, run });
const bindings = [bind("g s"), bind("s"), bind("/")];

describe("press", () => {
  it("takes a single key at once", () => {
    expect(press(NOTHING_PRESSED, "/", 0, bindings).binding?.keys).toBe("/");
  });

  it("takes the second key of a sequence, and not for itself", () => {
    const { after, binding } = press(NOTHING_PRESSED, "g", 0, bindings);
    expect(binding).toBeNull();
    expect(press(after, "s", 300, bindings).binding?.keys).toBe("g s");
  });

  it("forgets the first key after a while", () => {
    const { after } = press(NOTHING_PRESSED, "g", 0, bindings);
    expect(press(after, "s", 2_000, bindings).binding?.keys).toBe("s");
  });

  it("takes a key for itself when the sequence leads nowhere", () => {
    const { after } = press(NOTHING_PRESSED, "g", 0, bindings);
    expect(press(after, "/", 100, bindings).binding?.keys).toBe("/");
  });

  it("lets the later of two bindings win: a page over the shell", () => {
    const run = vi.fn();
    press(NOTHING_PRESSED, "s", 0, [...bindings, bind("s", run)]).binding?.run();
    expect(run).toHaveBeenCalledOnce();
  });
});

describe("keyName", () => {
  const event = (key: string, target: EventTarget | null = null, held = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    target,
    ...held,
  });
  const element = (html: string) => {
    document.body.innerHTML = html;
    return document.body.firstElementChild;
  };

  it("leaves the browser its own keys", () => {
    expect(keyName(event("r", null, { ctrlKey: true }))).toBeNull();
  });

  it("takes the key of the palette, also in a field and on a Mac", () => {
    expect(keyName(event("k", element("<input>"), { ctrlKey: true }))).toBe("Ctrl+K");
    expect(keyName(event("K", null, { metaKey: true }))).toBe("Ctrl+K");
    expect(keyName(event("k", null, { ctrlKey: true, altKey: true }))).toBeNull();
  });

  it("leaves fields what is typed in them", () => {
    expect(keyName(event("s", element("<input>")))).toBeNull();
    expect(keyName(event("s", element("<select></select>")))).toBeNull();
  });

  it("leaves Enter to a focused link or button, and nothing else", () => {
    expect(keyName(event("Enter", element("<a href='#'>x</a>")))).toBeNull();
    expect(keyName(event("s", element("<a href='#'>x</a>")))).toBe("s");
  });
});
