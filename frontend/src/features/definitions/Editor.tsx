/** A text field for definitions: numbered lines, marks at the faulty ones, and a way to go to a place. */
import { type Ref, useImperativeHandle, useMemo, useRef } from "react";
import classes from "./Editor.module.css";

export interface EditorHandle {
  /** Puts the cursor there; both count from 1. */
  goTo: (line: number, column: number) => void;
}

interface EditorProps {
  ref?: Ref<EditorHandle>;
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Numbers of the lines that are wrong. */
  faulty: ReadonlySet<number>;
  placeholder?: string;
  rows?: number;
  describedBy?: string;
}

const LINE_HEIGHT = 20;

export function Editor({
  ref,
  label,
  value,
  onChange,
  faulty,
  placeholder,
  rows = 16,
  describedBy,
}: EditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => ({
    goTo: (line, column) => {
      const area = field.current;
      if (!area) return;
      const at = offsetOf(area.value, line, column);
      area.focus();
      area.setSelectionRange(at, at);
      area.scrollTop = Math.max(0, (line - 4) * LINE_HEIGHT);
    },
  }));
  const lines = useMemo(() => value.split("\n").length, [value]);
  return (
    <div className={classes.editor}>
      <div className={classes.gutter} ref={gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its number
          <span key={index} data-faulty={faulty.has(index + 1) || undefined}>
            {index + 1}
          </span>
        ))}
      </div>
      <textarea
        ref={field}
        className={classes.field}
        aria-label={label}
        aria-invalid={faulty.size > 0}
        aria-describedby={describedBy}
        value={value}
        rows={rows}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        autoCorrect="off"
        placeholder={placeholder}
        onChange={(event) => onChange(event.currentTarget.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}

/** Where a line and column stand in a text; the end of the line where it is shorter. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let number = 1; number < line; number += 1) {
    const next = text.indexOf("\n", start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.min(start + Math.max(0, column - 1), end < 0 ? text.length : end);
}
