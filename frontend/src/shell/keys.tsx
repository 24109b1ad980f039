/** Lets any component say what keys do while it is shown, and keeps the list for the help. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from "react";
import { type Binding, keyName, NOTHING_PRESSED, press } from "./keyboard";

type Registry = Map<symbol, () => readonly Binding[]>;

const KeysContext = createContext<Registry | null>(null);

const DIALOG = '[role="dialog"]';
const FLOATING = `${DIALOG}, [role="menu"], [role="listbox"]`;

export function KeysProvider({ children }: { children: ReactNode }) {
  const registry = useMemo<Registry>(() => new Map(), []);
  useEffect(() => {
    let pressed = NOTHING_PRESSED;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if (document.querySelector(FLOATING)) {
        if (pressesBehindDialog(event)) event.preventDefault();
        return;
      }
      const key = keyName(event);
      if (key === null || key === "Shift") return;
      const { after, binding } = press(pressed, key, event.timeStamp, bindingsOf(registry));
      pressed = after;
      if (!binding) return;
      event.preventDefault();
      binding.run();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [registry]);
  return <KeysContext value={registry}>{children}</KeysContext>;
}

/** A dialog has come and not the focus yet: Enter would follow the link that had it. */
function pressesBehindDialog({ key, target }: KeyboardEvent): boolean {
  const dialog = key === "Enter" || key === " " ? document.querySelector(DIALOG) : null;
  return dialog !== null && target instanceof Node && !dialog.contains(target);
}

function bindingsOf(registry: Registry): Binding[] {
  return [...registry.values()].flatMap((read) => read());
}

function useRegistry(): Registry {
  const registry = useContext(KeysContext);
  if (!registry) throw new Error("keys need a KeysProvider above them");
  return registry;
}

/** `bindings` hold as long as the component is shown; they may be new at each render. */
export function useKeys(bindings: readonly Binding[]): void {
  const registry = useRegistry();
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const name = Symbol();
    registry.set(name, () => latest.current);
    return () => void registry.delete(name);
  }, [registry]);
}

/** All that holds now, each key once. */
export function useBindings(): () => Binding[] {
  const registry = useRegistry();
  return () => [...new Map(bindingsOf(registry).map((binding) => [binding.keys, binding])).values()];
}
