/** Lines of a file or a log, as they are. Scrolls, so it can be reached by keyboard. */
import classes from "./Excerpt.module.css";

type Kind = "plain" | "error" | "warning";

export function Excerpt({ label, text, kind = "plain" }: { label: string; text: string; kind?: Kind }) {
  return (
    <section className={classes.excerpt} data-kind={kind} aria-label={label} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}
