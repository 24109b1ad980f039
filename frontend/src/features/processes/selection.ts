/**
 * Copying out of a list of which only a part is in the page: the rows where a selection begins and ends stay
 * drawn, and what lies between them is taken from memory.
 */
import { cleanText, type LogBuffer } from "./buffer";
import type { LogView } from "./view";

interface Place {
  id: number;
  offset: number;
}

/** Ids of the rows of `list` that hold the ends of the page's selection. */
export function selectedRows(list: HTMLElement): number[] {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return [];
  return [selection.anchorNode, selection.focusNode].flatMap((node) => {
    const row = rowOf(node);
    return row && list.contains(row) ? [Number(row.dataset.line)] : [];
  });
}

/** The clean text of the selection; null when it does not begin and end in rows of the list. */
export function selectedText(list: HTMLElement, view: LogView, buffer: LogBuffer): string | null {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return null;
  const ends = [
    place(selection.anchorNode, selection.anchorOffset),
    place(selection.focusNode, selection.focusOffset),
  ];
  const [one, other] = ends;
  if (!one || !other || !list.contains(selection.anchorNode) || !list.contains(selection.focusNode))
    return null;
  const forward = one.id < other.id || (one.id === other.id && one.offset <= other.offset);
  return forward ? textBetween(one, other, view, buffer) : textBetween(other, one, view, buffer);
}

export function textBetween(from: Place, to: Place, view: LogView, buffer: LogBuffer): string {
  const found: string[] = [];
  for (let row = view.row(from.id); row < view.length && view.id(row) <= to.id; row += 1) {
    const id = view.id(row);
    const line = buffer.line(id);
    if (!line || line.lost !== null) continue;
    const text = cleanText(line);
    found.push(text.slice(id === from.id ? from.offset : 0, id === to.id ? to.offset : text.length));
  }
  return found.join("\n");
}

function rowOf(node: Node | null): HTMLElement | null {
  const element = node instanceof Element ? node : node?.parentElement;
  return element?.closest<HTMLElement>("[data-line]") ?? null;
}

function place(node: Node | null, offset: number): Place | null {
  const row = rowOf(node);
  const text = row?.querySelector("[data-text]");
  if (!row || !text || !node) return null;
  const id = Number(row.dataset.line);
  if (!text.contains(node)) return { id, offset: 0 };
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(node, offset);
  return { id, offset: before.toString().length };
}
