/** A text with the numbers of its lines, which a search counts in; opened at one of them. */
import { Button } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { type Block, blockAt, blocksOf } from "./blocks";
import classes from "./Lines.module.css";

/** Blocks that are drawn at first, and with each request for more. */
const STEP = 4;

interface LinesProps {
  text: string;
  label: string;
  line: number | undefined;
}

export function Lines({ text, label, line }: LinesProps) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  const at = blockAt(blocks, line ?? 1);
  const [shown, setShown] = useState({ from: Math.max(0, at - 1), to: at + STEP });
  const lit = useRef<HTMLDivElement>(null);
  useEffect(() => {
    lit.current?.scrollIntoView({ block: "center" });
  }, []);
  const { from, to } = { from: shown.from, to: Math.min(shown.to, blocks.length) };
  const last = blocks.at(-1);
  const digits = String(last ? last.first + last.lines.length : 1).length;
  return (
    <section
      className={`panel ${classes.lines}`}
      aria-label={label}
      tabIndex={0}
      style={{ "--digits": `${digits}ch` } as React.CSSProperties}
    >
      {from > 0 && (
        <Button variant="default" onClick={() => setShown({ from: Math.max(0, from - STEP), to })}>
          Lines above {blocks[from]?.first}
        </Button>
      )}
      {blocks.slice(from, to).map((block) => (
        <Some key={block.first} block={block} line={line} lit={lit} />
      ))}
      {to < blocks.length && (
        <Button variant="default" onClick={() => setShown({ from, to: to + STEP })}>
          Lines from {blocks[to]?.first} on
        </Button>
      )}
    </section>
  );
}

interface SomeProps {
  block: Block;
  line: number | undefined;
  lit: React.RefObject<HTMLDivElement | null>;
}

function Some({ block: { first, lines }, line, lit }: SomeProps) {
  return lines.map((text, index) => {
    const number = first + index;
    const here = number === line;
    return (
      <div
        key={number}
        ref={here ? lit : undefined}
        className={classes.line}
        data-line={number}
        data-lit={here || undefined}
      >
        {text || "\n"}
      </div>
    );
  });
}
