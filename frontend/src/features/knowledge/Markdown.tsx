/**
 * Markdown as it is meant to look. It is another's text, so nothing in it acts: HTML stays text, pictures are not
 * fetched, and links that leave are only followed by a person.
 */
import { useEffect, useRef } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import classes from "./Markdown.module.css";
import { frontMatterShown, litAt } from "./marking";

/** Headings stand below the one of the page; what may be wide scrolls, and is reached by keyboard for that. */
const COMPONENTS: Components = {
  h1: ({ node: _, ...rest }) => <h2 {...rest} />,
  h2: ({ node: _, ...rest }) => <h3 {...rest} />,
  h3: ({ node: _, ...rest }) => <h4 {...rest} />,
  h4: ({ node: _, ...rest }) => <h5 {...rest} />,
  h5: ({ node: _, ...rest }) => <h6 {...rest} />,
  pre: ({ node: _, ...rest }) => <pre {...rest} tabIndex={0} />,
  table: ({ node: _, ...rest }) => (
    <section className={classes.table} aria-label="Table" tabIndex={0}>
      <table {...rest} />
    </section>
  ),
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? "done" : "open"}>
      {checked ? "☑" : "☐"}
    </span>
  ),
  img: ({ src, alt }) => (
    <span className={classes.picture} title={typeof src === "string" ? src : undefined}>
      Picture{alt ? `: ${alt}` : ""}
    </span>
  ),
  a: ({ href = "", children }) =>
    /^(https?|mailto):/.test(href) ? (
      <a href={href} target="_blank" rel="noreferrer noopener" title={href}>
        {children}
      </a>
    ) : (
      <span className={classes.reference} title={href}>
        {children}
      </span>
    ),
};

export default function Markdown({ text, line }: { text: string; line: number | undefined }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    place.current?.querySelector("[data-lit]")?.scrollIntoView({ block: "center" });
  }, []);
  return (
    <article className={`panel ${classes.text}`} ref={place}>
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={line === undefined ? [] : [[litAt, line]]}
        components={COMPONENTS}
      >
        {frontMatterShown(text)}
      </ReactMarkdown>
    </article>
  );
}
