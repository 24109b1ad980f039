/** The process that a run with these values would be. Secrets are struck out by the daemon. */
import type { Preview } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { WarningIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import { plural } from "@/features/definitions/words";
import classes from "./CommandPreview.module.css";

interface CommandPreviewProps {
  preview: Preview | null;
  error: unknown;
  current: boolean;
}

export function CommandPreview({ preview, error, current }: CommandPreviewProps) {
  return (
    <section className={`panel ${classes.preview}`} aria-label="What would be run" aria-busy={!current}>
      <h2>What would be run</h2>
      {preview ? (
        <Process preview={preview} />
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Skeletons count={1} height={90} />
      )}
    </section>
  );
}

function Process({ preview: { command, problem, cwd, env, stdin } }: { preview: Preview }) {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return (
    <>
      {problem !== null && (
        <p className={classes.problem}>
          <WarningIcon size={15} />
          {problem}
        </p>
      )}
      {command !== null && <Excerpt label="Command line" text={command} />}
      <p className="small">
        <span className="muted">in</span> <code>{cwd}</code>
      </p>
      {stdin !== null && <Excerpt label="What it reads" text={stdin} />}
      {variables.length > 0 && (
        <details>
          <summary className="small">With {plural(variables.length, "variable")} of its own</summary>
          <Excerpt label="Environment" text={variables.join("\n")} />
        </details>
      )}
    </>
  );
}
