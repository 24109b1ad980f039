/** A look into a file: a picture, sound or film as it is, a table as rows, text as its beginning. */
import { useQuery } from "@tanstack/react-query";
import { Refused, Unreachable } from "@/api/client";
import type { OutputFile } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { bytes } from "@/design/format";
import { Failure, Skeletons } from "@/design/states";
import { readTable } from "./csv";
import classes from "./Results.module.css";

type Kind = "picture" | "sound" | "film" | "table" | "text";

/** Bytes of a text that are read for a look. */
const BEGINNING = 64_000;
const ROWS = 100;

export function previewKind({ media_type: type, size_bytes }: OutputFile): Kind | null {
  if (size_bytes === 0) return null;
  if (type.startsWith("image/")) return "picture";
  if (type.startsWith("audio/")) return "sound";
  if (type.startsWith("video/")) return "film";
  if (type.startsWith("text/csv") || type.startsWith("text/tab-separated-values")) return "table";
  // Of a page or a drawing its source: shown as a page, it could bring a script.
  return /^text\/(plain|html)\b/.test(type) || type === "application/json" ? "text" : null;
}

/** Where to get it. One that was written again is another picture, whatever a browser has kept. */
export function addressOf({ url, created_at }: OutputFile): string {
  return `${url}${url.includes("?") ? "&" : "?"}at=${encodeURIComponent(created_at)}`;
}

export function FilePreview({ file, kind }: { file: OutputFile; kind: Kind }) {
  const address = addressOf(file);
  if (kind === "picture")
    return <img className={classes.picture} src={address} alt={file.filename} loading="lazy" />;
  if (kind === "sound") {
    // biome-ignore lint/a11y/useMediaCaption: what a script made has no captions
    return <audio className={classes.media} src={address} aria-label={file.filename} controls />;
  }
  if (kind === "film") {
    // biome-ignore lint/a11y/useMediaCaption: what a script made has no captions
    return <video className={classes.media} src={address} aria-label={file.filename} controls />;
  }
  return <Beginning file={file} kind={kind} />;
}

function Beginning({ file, kind }: { file: OutputFile; kind: "table" | "text" }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["artefact", file.url, file.created_at],
    queryFn: ({ signal }) => beginningOf(file.url, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });
  if (data === undefined)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={1} height={120} />
    );
  const cut = file.size_bytes > BEGINNING;
  return (
    <>
      {kind === "table" ? (
        <Rows name={file.filename} text={data} cut={cut} />
      ) : (
        <Excerpt label={`Beginning of ${file.filename}`} text={data} />
      )}
      {cut && <p className="muted small">The first {bytes(BEGINNING)} of it.</p>}
    </>
  );
}

async function beginningOf(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal, headers: { Range: `bytes=0-${BEGINNING - 1}` } }).catch(
    (reason: unknown) => {
      throw signal.aborted ? reason : new Unreachable();
    },
  );
  if (response.ok) return decoded(await response.arrayBuffer());
  const { status, statusText } = response;
  throw new Refused({
    title: "The file cannot be read",
    status,
    detail: `The daemon answered ${status} ${statusText}: it may have been removed.`,
    error_code: "unknown",
    owner: null,
    faults: [],
    fields: [],
  });
}

/** As UTF-8, whose last letter may be cut; else as what older programs of the West write. */
function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function Rows({ name, text, cut }: { name: string; text: string; cut: boolean }) {
  const { head, rows } = readTable(text, ROWS, cut);
  return (
    <section className="table-frame" aria-label={`Table ${name}`} tabIndex={0}>
      <table className="table">
        <caption className="unseen">The first rows of {name}</caption>
        <thead>
          <tr>
            {head.map((cell, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns may be called the same
              <th key={column} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file stay in their places
            <tr key={index}>
              {head.map((_, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: and so do its columns
                <td key={column}>{row[column]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
