/** The files that a run has left, each with a look into it where a browser can show it. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { resultsQuery } from "@/api/queries";
import type { OutputFile, Run } from "@/api/types";
import { bytes, count } from "@/design/format";
import { DownIcon, DownloadIcon, UpIcon } from "@/design/icons";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { FilePreview, previewKind } from "./FilePreview";
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
  if (data.output_files.length === 0) {
    return (
      <Empty title={isActive(run.status) ? "No file yet" : "It has left no file"}>
        <p>
          A script leaves files in the folder that <code>CONTROL_CENTER_RUN_DIR</code> names, or where the
          module says under <code>outputs</code>.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <ul className={classes.files}>
        {[...data.output_files].reverse().map((file) => (
          <File key={`${file.root} ${file.path}`} file={file} />
        ))}
      </ul>
      {data.truncated && (
        <p className="muted">Only {count(data.output_files.length)} of its files are listed.</p>
      )}
    </>
  );
}

function File({ file }: { file: OutputFile }) {
  const kind = previewKind(file);
  const [open, setOpen] = useState(kind === "picture");
  const save = `${file.url}${file.url.includes("?") ? "&" : "?"}download=true`;
  return (
    <li className={`panel ${classes.file}`}>
      <div className={classes.head}>
        <div className={classes.name}>
          <strong>{file.path}</strong>
          <p className="muted small">
            <span title={`${file.size_bytes} bytes`}>{bytes(file.size_bytes)}</span>
            {" · "}
            <Ago at={file.created_at} />
            {file.declared && " · declared output"}
          </p>
        </div>
        {kind !== null && (
          <Button
            variant="default"
            leftSection={open ? <UpIcon size={14} /> : <DownIcon size={14} />}
            aria-expanded={open}
            aria-label={`${open ? "Hide" : "Show"} ${file.filename}`}
            onClick={() => setOpen(!open)}
          >
            {open ? "Hide" : "Show"}
          </Button>
        )}
        <Button
          component="a"
          href={save}
          download={file.filename}
          variant="default"
          leftSection={<DownloadIcon size={14} />}
          aria-label={`Save ${file.filename}`}
        >
          Save
        </Button>
      </div>
      {open && kind !== null && <FilePreview file={file} kind={kind} />}
    </li>
  );
}
