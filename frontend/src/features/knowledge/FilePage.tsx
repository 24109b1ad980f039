/** One file: what is known of it, and its text, opened at the line that was found. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Fragment, type ReactNode, Suspense } from "react";
import { Refused } from "@/api/client";
import { fileQuery, fileTextQuery } from "@/api/queries/knowledge";
import type { FileDetails } from "@/api/types";
import { Chip, Chips } from "@/design/Chips";
import { bytes, count } from "@/design/format";
import { WarningIcon } from "@/design/icons";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { UpLink } from "@/design/UpLink";
import { Coming } from "@/live/Coming";
import { lazyPart } from "@/parts";
import { useKeys } from "@/shell/keys";
import { indented } from "./blocks";
import classes from "./FilePage.module.css";
import { type FileView, KINDS } from "./filter";
import { Lines } from "./Lines";
import { confidenceText } from "./words";

const Markdown = lazyPart(() => import("./Markdown"));

/** Letters of a text that is drawn as it is meant to look without being asked for. */
const SOON_DRAWN = 400_000;

export default function FilePage() {
  const { id } = useParams({ from: "/knowledge/files/$id" });
  const { line: _, view: __, ...filter } = useSearch({ from: "/knowledge/files/$id" });
  const { data, error, refetch } = useQuery(fileQuery(id));
  const navigate = useNavigate();
  useKeys([
    { keys: "u", does: "Back to the files", run: () => void navigate({ to: "/knowledge", search: filter }) },
  ]);
  if (data)
    return (
      <div className="page">
        <div className="page-head">
          <h1 className={classes.name}>
            <UpLink to="/knowledge" search={filter}>
              Knowledge
            </UpLink>
            {data.name}
          </h1>
        </div>
        <div className={classes.columns}>
          <div className={classes.known}>
            <Facts file={data} />
          </div>
          <div className={classes.text}>
            <Text key={id} file={data} />
          </div>
        </div>
      </div>
    );
  return (
    <div className="page">
      {error instanceof Refused && error.problem.error_code === "unknown_file" ? (
        <Empty whole title="There is no such file" action={<Link to="/knowledge">All files</Link>}>
          It may have been removed, renamed or moved since.
        </Empty>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={3} height={90} />
      )}
    </div>
  );
}

function Facts({ file }: { file: FileDetails }) {
  const facts: [string, ReactNode][] = [
    ["Type", KINDS[file.type]],
    ["Agent", file.agent && <Link {...filesOf({ agent: file.agent })}>{file.agent}</Link>],
    ["Lower agent", file.sub_agent && <Link {...filesOf({ agent: file.sub_agent })}>{file.sub_agent}</Link>],
    ["Category", file.category && <Link {...filesOf({ category: file.category })}>{file.category}</Link>],
    ["Creator", file.creator && <Link {...filesOf({ creator: file.creator })}>{file.creator}</Link>],
    ["Insight of", file.date],
    ["Confidence", file.confidence === null ? null : confidenceText(file.confidence)],
    ["Words", count(file.insights.word_count)],
    ["Size", bytes(file.size)],
    ["Changed", <Ago key="changed" at={file.modified} />],
  ];
  return (
    <>
      <dl className={`panel ${classes.facts}`}>
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        <div className={classes.path}>
          <dt>Path</dt>
          <dd className="mono">{file.path}</dd>
        </div>
      </dl>
      {file.fault !== null && (
        <p className={classes.fault} role="alert">
          <WarningIcon size={16} /> {file.fault}
        </p>
      )}
    </>
  );
}

function filesOf(search: { agent?: string; category?: string; creator?: string }) {
  return { to: "/knowledge", search } as const;
}

const VIEWS: Record<FileView, string> = { drawn: "As it is meant", source: "Source" };

function Text({ file }: { file: FileDetails }) {
  const { line, view } = useSearch({ from: "/knowledge/files/$id" });
  const navigate = useNavigate({ from: "/knowledge/files/$id" });
  const { data, error, refetch } = useQuery(fileTextQuery(file.id));
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={1} height={400} />
    );
  if (data.text === "") return <p className="muted">There is no text in it.</p>;
  const drawable = canBeDrawn(file, data.text);
  const shown = view ?? (drawable && data.text.length <= SOON_DRAWN ? "drawn" : "source");
  return (
    <>
      {drawable && (
        <div>
          <Chips label="How it is shown">
            {(["drawn", "source"] as const).map((one) => (
              <Chip
                key={one}
                on={shown === one}
                toggle={() => void navigate({ search: (now) => ({ ...now, view: one }), replace: true })}
              >
                {VIEWS[one]}
              </Chip>
            ))}
          </Chips>
        </div>
      )}
      <Fragment key={`${shown} ${line}`}>
        {drawable && shown === "drawn" ? (
          <Drawn file={file} text={data.text} line={line} />
        ) : (
          <Lines text={data.text} label={`Text of ${file.name}`} line={line} />
        )}
      </Fragment>
    </>
  );
}

/** Whether it can look otherwise than as its source: Markdown, and JSON that stands in one line. */
function canBeDrawn({ type }: FileDetails, text: string): boolean {
  return type === "markdown" || (type === "json" && !text.trim().includes("\n") && /^\s*[[{]/.test(text));
}

function Drawn({ file, text, line }: { file: FileDetails; text: string; line: number | undefined }) {
  if (file.type === "json")
    return <Lines text={indented(text)} label={`Text of ${file.name}`} line={undefined} />;
  return (
    <Suspense fallback={<Coming height={400} />}>
      <Markdown text={text} line={line} />
    </Suspense>
  );
}
