/** Files in a row: what each is and of whom, and the lines in which the words stand. */
import { Link } from "@tanstack/react-router";
import type { FoundFile, KnowledgeFile } from "@/api/types";
import { bytes } from "@/design/format";
import { WarningIcon } from "@/design/icons";
import { Ago } from "@/design/time";
import classes from "./FileList.module.css";
import { KINDS, type KnowledgeFilter } from "./filter";
import { confidenceText, litParts, routedTo, shortPath } from "./words";

interface FileListProps {
  files: readonly (KnowledgeFile | FoundFile)[];
  roots: readonly string[];
  label: string;
  /** What was looked for, to come back to. */
  filter?: KnowledgeFilter;
}

export function FileList({ files, roots, label, filter = {} }: FileListProps) {
  return (
    <ol className={`panel ${classes.files}`} aria-label={label}>
      {files.map((file) => (
        <Row key={file.id} file={file} roots={roots} filter={filter} />
      ))}
    </ol>
  );
}

interface RowProps {
  file: KnowledgeFile | FoundFile;
  roots: readonly string[];
  filter: KnowledgeFilter;
}

function Row({ file, roots, filter }: RowProps) {
  const found = "snippets" in file && file.match_count > 0 ? file : null;
  return (
    <li className={classes.file}>
      <div className={classes.head}>
        <Link
          to="/knowledge/files/$id"
          params={{ id: file.id }}
          search={found ? { ...filter, line: found.line } : filter}
          className={classes.title}
          data-row
        >
          {file.title}
        </Link>
        <span className={classes.kind}>{KINDS[file.type]}</span>
      </div>
      <p className={`${classes.path} muted mono`}>{shortPath(file.path, roots)}</p>
      {file.fault !== null && (
        <p className={classes.fault}>
          <WarningIcon size={14} /> {file.fault}
        </p>
      )}
      {found && <Snippets file={found} filter={filter} />}
      <p className={`${classes.facts} muted small`}>
        {routedTo(file) !== null && <span>{routedTo(file)}</span>}
        {file.category !== null && <span>{file.category}</span>}
        {file.creator !== null && <span>by {file.creator}</span>}
        {file.date !== null && <span>of {file.date}</span>}
        {file.confidence !== null && <span>confidence {confidenceText(file.confidence)}</span>}
        <span>{bytes(file.size)}</span>
        <span>
          changed <Ago at={file.modified} />
        </span>
        {found && (
          <span>
            {found.match_count} {found.match_count === 1 ? "match" : "matches"}
          </span>
        )}
      </p>
    </li>
  );
}

function Snippets({ file, filter }: { file: FoundFile; filter: KnowledgeFilter }) {
  return (
    <div className={classes.snippets}>
      {file.snippets.map((snippet) => (
        <Link
          key={snippet.line}
          to="/knowledge/files/$id"
          params={{ id: file.id }}
          search={{ ...filter, line: snippet.line }}
        >
          <span className={classes.line}>
            <span className="unseen">Line</span> {snippet.line}
          </span>{" "}
          <span className={classes.text}>
            {litParts(snippet).map(([part, lit], index) =>
              lit ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line stay in their places
                <mark key={index}>{part}</mark>
              ) : (
                part
              ),
            )}
          </span>
        </Link>
      ))}
    </div>
  );
}
