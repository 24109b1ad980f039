/** What someone typed and has not saved: it outlives errors and reloads of the page, in this tab only. */
import { useCallback, useState } from "react";

const PREFIX = "draft:";

/** The draft of that name, null where there is none. Setting null forgets it. */
export function useDraft<Draft>(name: string): [Draft | null, (draft: Draft | null) => void] {
  const [draft, setDraft] = useState<Draft | null>(() => read<Draft>(name));
  const keep = useCallback(
    (next: Draft | null) => {
      setDraft(next);
      write(name, next);
    },
    [name],
  );
  return [draft, keep];
}

function read<Draft>(name: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null") as Draft | null;
  } catch {
    return null; // storage is switched off, or another version wrote it
  }
}

function write(name: string, draft: unknown): void {
  try {
    if (draft === null) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
  } catch {
    // Storage is full or switched off: the draft lives as long as the page.
  }
}
