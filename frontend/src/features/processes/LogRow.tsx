import { memo, type ReactNode } from "react";
import { bytes, clockTime, count, exactTime } from "@/design/format";
import { paletteColour, parseLine, type Style } from "./ansi";
import { type LogLine, ownLevel, rawText } from "./buffer";
import classes from "./LogViewer.module.css";
import { parts } from "./links";
import { highlight } from "./search";

/** Longest part of a line that is drawn; the rest is in the file. */
const DRAWN = 10_000;

interface LogRowProps {
  line: LogLine;
  pattern: RegExp | null;
  current: boolean;
  time: boolean;
}

export const LogRow = memo(function LogRow({ line, pattern, current, time }: LogRowProps) {
  if (line.lost !== null) {
    return <div className={classes.gap}>{bytes(line.lost)} were rotated away before they could be read</div>;
  }
  return (
    <div
      className={classes.line}
      data-level={ownLevel(line) ?? undefined}
      data-current={current || undefined}
    >
      {time && (
        <span
          className={classes.time}
          title={line.at === null ? undefined : exactTime(line.at)}
          data-time={line.at === null ? "" : clockTime(line.at)}
        />
      )}
      <span className={classes.text} data-text title={line.words && line.raw.trim()}>
        <LineText line={line} pattern={pattern} />
      </span>
    </div>
  );
});

function LineText({ line, pattern }: { line: LogLine; pattern: RegExp | null }) {
  const raw = rawText(line);
  const shown = raw.length > DRAWN && !raw.includes("\r") ? raw.slice(0, DRAWN) : raw;
  const pieces = highlight(parseLine(shown), pattern);
  return (
    <>
      {pieces.map((piece, index) => {
        const key = `${index}`;
        if (!piece.hit && !piece.style) return <Live key={key} text={piece.text} />;
        const Tag = piece.hit ? "mark" : "span";
        return (
          <Tag key={key} style={piece.style && !piece.hit ? css(piece.style) : undefined}>
            <Live text={piece.text} />
          </Tag>
        );
      })}
      {shown.length < raw.length && (
        <span className={classes.more}>
          {" "}
          … {count(raw.length - shown.length)} more characters in the file
        </span>
      )}
    </>
  );
}

/** Text in which addresses open and paths can be copied. */
function Live({ text }: { text: string }): ReactNode {
  return parts(text).map((part, index) => {
    const key = `${index}`;
    if (part.kind === "url") {
      return (
        <a key={key} href={part.text} target="_blank" rel="noreferrer">
          {part.text}
        </a>
      );
    }
    if (part.kind === "path") {
      return (
        <span key={key} className={classes.path} data-path={part.text} title="Double-click copies the path">
          {part.text}
        </span>
      );
    }
    return part.text;
  });
}

function css(style: Style): React.CSSProperties {
  const foreground = style.fg === undefined ? undefined : colour(style.fg);
  const background = style.bg === undefined ? undefined : colour(style.bg);
  const drawn = style.inverse
    ? { color: background ?? "var(--surface)", backgroundColor: foreground ?? "var(--text)" }
    : {
        color: foreground,
        backgroundColor: background && `color-mix(in srgb, ${background} 26%, transparent)`,
      };
  const lines = [style.underline && "underline", style.strike && "line-through"].filter(Boolean).join(" ");
  return {
    ...(drawn.color ? { color: drawn.color } : {}),
    ...(drawn.backgroundColor ? { backgroundColor: drawn.backgroundColor } : {}),
    ...(style.bold ? { fontWeight: 700 } : {}),
    ...(style.dim && !style.fg ? { color: "var(--muted)" } : {}),
    ...(style.italic ? { fontStyle: "italic" } : {}),
    ...(lines ? { textDecoration: lines } : {}),
  };
}

/** The sixteen names follow the theme; other colours are pulled towards its text, so that they can be read on it. */
function colour(value: number | string): string {
  if (typeof value === "number" && value < 16) return `var(--ansi-${value})`;
  const exact = typeof value === "number" ? paletteColour(value) : value;
  return `color-mix(in oklab, ${exact} 62%, var(--text))`;
}
