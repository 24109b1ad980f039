/** A service's own text in the file: shown, edited, deleted. Someone else's change of it is never overwritten unseen. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Refused } from "@/api/client";
import { checkBlock, writeBlock } from "@/api/edits";
import { blockQuery } from "@/api/queries/definitions";
import type { Block } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import { useCheck } from "./check";
import { DeleteService } from "./DeleteService";
import { useDraft } from "./draft";
import classes from "./Editing.module.css";
import { Editor, type EditorHandle } from "./Editor";
import { NotSaved } from "./NotSaved";
import { Verdict } from "./Verdict";
import { faultyLines } from "./words";

interface BlockEditorProps {
  serviceId: string;
  /** Name of the file of definitions. */
  file: string;
}

interface Draft {
  text: string;
  /** Of the text in the file that it was made from. */
  revision: string;
}

export function BlockEditor({ serviceId, file }: BlockEditorProps) {
  const { data: block, error, refetch } = useQuery(blockQuery(serviceId));
  const [draft, setDraft] = useDraft<Draft>(`block ${serviceId}`);
  const [saved, setSaved] = useState(false);
  if (!block)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={1} height={160} />
    );
  const edit = (next: Draft | null) => {
    setSaved(false);
    setDraft(next);
  };
  return (
    <section className={`panel ${classes.block}`} aria-label="Its text in the file">
      <div className={classes.head}>
        <h2>
          In <code>{file}</code>
        </h2>
        <span className="muted" role="status">
          {saved && draft === null && "Saved."}
        </span>
        <div className="grow" />
        {draft === null && (
          <>
            <Button variant="default" onClick={() => edit({ text: block.text, revision: block.revision })}>
              Edit
            </Button>
            <DeleteService block={block} file={file} />
          </>
        )}
      </div>
      {draft === null ? (
        <Excerpt label={`Text of ${serviceId}`} text={block.text} />
      ) : (
        <Editing
          block={block}
          file={file}
          draft={draft}
          edit={edit}
          done={() => {
            setDraft(null);
            setSaved(true);
          }}
        />
      )}
    </section>
  );
}

interface EditingProps {
  block: Block;
  file: string;
  draft: Draft;
  edit: (draft: Draft | null) => void;
  done: () => void;
}

function Editing({ block, file, draft, edit, done }: EditingProps) {
  const editor = useRef<EditorHandle>(null);
  const cache = useQueryClient();
  const overtaken = draft.revision !== block.revision;
  // Against the text as it is now: whether theirs or mine is kept is asked apart from what is wrong with mine.
  const check = useCheck([block.id, block.revision], draft.text, (text, signal) =>
    checkBlock(block.id, text, block.revision, signal),
  );
  const reread = () => cache.invalidateQueries({ queryKey: blockQuery(block.id).queryKey });
  const save = useMutation({
    mutationFn: () => writeBlock(block.id, draft.text, draft.revision),
    onSuccess: () => reread().then(done),
    onError: (error) => isConflict(error) && void reread(),
  });
  const offline = useOffline();
  const good = check.current && check.checked?.good === true;
  const why =
    offline ??
    (overtaken ? "Decide first which text goes on" : good ? null : "It has faults, or is being checked");
  return (
    <div className={classes.edited}>
      {overtaken && (
        <Conflict
          theirs={block.text}
          keepMine={() => {
            save.reset();
            edit({ ...draft, revision: block.revision });
          }}
          takeTheirs={() => {
            save.reset();
            edit({ text: block.text, revision: block.revision });
          }}
        />
      )}
      <div className={`${classes.sides} ${classes.edited}`}>
        <Editor
          ref={editor}
          label={`Text of ${block.id}`}
          value={draft.text}
          onChange={(text) => {
            save.reset();
            edit({ ...draft, text });
          }}
          faulty={faultyLines(check.checked)}
          rows={Math.min(24, draft.text.split("\n").length + 2)}
        />
        <div className={classes.beside}>
          {save.error && !isConflict(save.error) && <NotSaved error={save.error} />}
          <Verdict check={check} file={file} goTo={(line, column) => editor.current?.goTo(line, column)}>
            <p className="muted">
              Without a text there is nothing to save. To take the service out, delete it.
            </p>
          </Verdict>
        </div>
      </div>
      <div className={`${classes.head} ${classes.edited}`}>
        <Button
          {...(why === null && !save.isPending ? {} : { "data-disabled": true })}
          aria-disabled={why !== null || save.isPending || undefined}
          title={why ?? undefined}
          onClick={() => why === null && !save.isPending && save.mutate()}
        >
          {save.isPending ? "Saving…" : "Save"}
        </Button>
        <Button variant="default" onClick={() => edit(null)}>
          Discard
        </Button>
      </div>
    </div>
  );
}

const isConflict = (error: unknown) =>
  error instanceof Refused && error.problem.error_code === "edit_conflict";

interface ConflictProps {
  theirs: string;
  keepMine: () => void;
  takeTheirs: () => void;
}

function Conflict({ theirs, keepMine, takeTheirs }: ConflictProps) {
  return (
    <section className={classes.conflict} role="alert" aria-label="Changed meanwhile">
      <h3>It was changed in the file meanwhile</h3>
      <p>This is how it stands there now; your text is below, and nothing of either is lost.</p>
      <Excerpt label="The text in the file now" text={theirs} />
      <div className={classes.head}>
        <Button variant="default" onClick={keepMine}>
          Go on with my text
        </Button>
        <Button variant="default" onClick={takeTheirs}>
          Take theirs
        </Button>
      </div>
    </section>
  );
}
