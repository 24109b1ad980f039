/** The files that a run has left: pictures as they are, others each with a look into it where a browser can show it. */
import { ActionIcon, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { resultsQuery } from "@/api/queries/runs";
import type { OutputFile, Run } from "@/api/types";
import { bytes, count } from "@/design/format";
import { DownIcon, DownloadIcon, UpIcon } from "@/design/icons";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { addressOf, FilePreview, previewKind } from "./FilePreview";
import classes from "./Results.module.css";
import { isActive } from "./statuses";

/** Files appear while it runs; milliseconds. */
const LOOKS = 3_000;

export default function Results({ run }: { run: Run }) {
  const { data, error, refetch } = useQuery({
    ...resultsQuery(run.run_id),
    refetchInterval: isActive(run.status) ? LOOKS : false,
  });
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={3} height={60} />
    );
  if (data.output_files.length === 0) return <Nothing run={run} />;
  const newest = [...data.output_files].reverse();
  const pictures = newest.filter((file) => previewKind(file) === "picture");
  const others = newest.filter((file) => previewKind(file) !== "picture");
  return (
    <div className={classes.results}>
      {pictures.length > 0 && (
        <ul className={classes.pictures} aria-label="Pictures">
          {pictures.map((file) => (
            <Picture key={keyOf(file)} file={file} />
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <ul className={`panel ${classes.files}`} aria-label="Files">
          {others.map((file) => (
            <File key={keyOf(file)} file={file} />
          ))}
        </ul>
      )}
      {data.truncated && (
        <p className="muted">Only {count(data.output_files.length)} of its files are listed.</p>
      )}
    </div>
  );
}

const keyOf = ({ root, path }: OutputFile) => `${root} ${path}`;

function Nothing({ run }: { run: Run }) {
  return (
    <Empty title={isActive(run.status) ? "No file yet" : "It has left no file"}>
      <p>
        A script leaves files in the folder that <code>CONTROL_CENTER_RUN_DIR</code> names, or where the
        module says under <code>outputs</code>.
      </p>
    </Empty>
  );
}

function Picture({ file }: { file: OutputFile }) {
  return (
    <li className={`panel ${classes.tile}`}>
      <a
        href={addressOf(file)}
        target="_blank"
        rel="noreferrer"
        title={`Open ${file.path} in a tab of its own`}
      >
        <FilePreview file={file} kind="picture" />
      </a>
      <div className={classes.head}>
        <Name file={file} />
        <Save file={file} />
      </div>
    </li>
  );
}

function File({ file }: { file: OutputFile }) {
  const kind = previewKind(file);
  const [open, setOpen] = useState(false);
  return (
    <li className={classes.file}>
      <div className={classes.head}>
        <Name file={file} />
        {kind !== null && (
          <Button
            size="xs"
            variant="default"
            leftSection={open ? <UpIcon size={14} /> : <DownIcon size={14} />}
            aria-expanded={open}
            aria-label={`${open ? "Hide" : "Show"} ${file.filename}`}
            onClick={() => setOpen(!open)}
          >
            {open ? "Hide" : "Show"}
          </Button>
        )}
        <Save file={file} />
      </div>
      {open && kind !== null && <FilePreview file={file} kind={kind} />}
    </li>
  );
}

function Name({ file }: { file: OutputFile }) {
  return (
    <div className={classes.name}>
      <strong>{file.path}</strong>
      <p className="muted small">
        <span title={`${file.size_bytes} bytes`}>{bytes(file.size_bytes)}</span>
        {" · "}
        <Ago at={file.created_at} />
        {file.declared && " · declared output"}
      </p>
    </div>
  );
}

function Save({ file }: { file: OutputFile }) {
  return (
    <ActionIcon
      component="a"
      href={`${addressOf(file)}&download=true`}
      download={file.filename}
      variant="default"
      size={30}
      aria-label={`Save ${file.filename}`}
      title={`Save ${file.filename}`}
    >
      <DownloadIcon size={15} />
    </ActionIcon>
  );
}
