/** Services pasted or typed: what is wrong with them, and what saving them does, before it is done. */
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { addServices, checkNew } from "@/api/edits";
import { configurationQuery } from "@/api/queries/definitions";
import { useOffline } from "@/live/context";
import { type Check, useCheck } from "./check";
import { useDraft } from "./draft";
import classes from "./Editing.module.css";
import { Editor, type EditorHandle } from "./Editor";
import { EXAMPLES } from "./examples";
import { NotSaved } from "./NotSaved";
import { Verdict } from "./Verdict";
import { faultyLines, fileName } from "./words";

export default function AddPage() {
  const [draft, setDraft] = useDraft<string>("add");
  const text = draft ?? "";
  const editor = useRef<EditorHandle>(null);
  const file = fileName(useQuery(configurationQuery).data?.path ?? "control-center.yaml");
  const check = useCheck(["new"], text, checkNew);
  const save = useSave(text, () => setDraft(null));
  const why = useOffline() ?? reasonAgainst(text, check, save.isPending);
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <Link to="/services" className={classes.up}>
            Services
          </Link>
          <span className={classes.slash} aria-hidden="true">
            /
          </span>
          Add
        </h1>
        <div className="grow" />
        {text !== "" && (
          <Button variant="default" onClick={() => setDraft(null)}>
            Clear
          </Button>
        )}
        <Button
          {...(why === null ? {} : { "data-disabled": true })}
          aria-disabled={why !== null || undefined}
          title={why ?? undefined}
          onClick={() => why === null && save.mutate()}
        >
          {save.isPending ? "Saving…" : "Save"}
        </Button>
      </div>
      <p className="muted" id="add-what">
        Paste one or several services, as YAML, as JSON, or as a block from an old Python configuration.
        Nothing is saved and nothing starts until you say so.
      </p>
      <div className={classes.sides}>
        <Editor
          ref={editor}
          label="Services to add"
          describedBy="add-what"
          value={text}
          onChange={(next) => {
            save.reset();
            setDraft(next === "" ? null : next);
          }}
          faulty={faultyLines(check.checked)}
          placeholder={"my-tool:\n  command: [python, main.py]"}
          rows={22}
        />
        <div className={classes.beside}>
          {save.error && <NotSaved error={save.error} />}
          <Known ids={known(check.checked)} />
          <Verdict check={check} file={file} goTo={(line, column) => editor.current?.goTo(line, column)}>
            <Examples use={setDraft} />
          </Verdict>
        </div>
      </div>
    </div>
  );
}

/** Saves, forgets the draft, and goes where the new service is. */
function useSave(text: string, forget: () => void) {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => addServices(text),
    onSuccess: ({ plan }) => {
      forget();
      const [only, ...more] = plan?.added ?? [];
      if (only === undefined || more.length > 0) void navigate({ to: "/services" });
      else void navigate({ to: "/services/$id/$tab", params: { id: only, tab: "logs" } });
    },
  });
}

function reasonAgainst(text: string, { checked, current, error }: Check, saving: boolean): string | null {
  if (saving) return "It is being saved";
  if (text.trim() === "") return "Nothing is typed yet";
  if (error !== null) return "It was refused";
  if (checked !== null && !checked.good) return "It has faults";
  if (known(checked).length > 0) return "A service of that name is there already";
  return current ? null : "It is being checked";
}

/** The services in the text that are there already: adding never overwrites. */
function known(checked: Check["checked"]): string[] {
  return checked?.good ? checked.change.plan.changed.map(({ id }) => id) : [];
}

function Known({ ids }: { ids: string[] }) {
  if (ids.length === 0) return null;
  return (
    <p className={classes.conflict} role="alert">
      <span>
        {ids.length === 1 ? "This service is" : "These services are"} there already, and adding never
        overwrites. Give it another name, or change it where it is:{" "}
        {ids.map((id) => (
          <Link key={id} to="/services/$id/$tab" params={{ id, tab: "configuration" }}>
            {id}{" "}
          </Link>
        ))}
      </span>
    </p>
  );
}

function Examples({ use }: { use: (text: string) => void }) {
  return (
    <section className={`panel ${classes.examples}`} aria-label="Examples">
      <h2>Or begin with an example</h2>
      <ul>
        {EXAMPLES.map(({ name, what, text }) => (
          <li key={name}>
            <Button variant="default" size="compact-sm" onClick={() => use(text)}>
              {name}
            </Button>{" "}
            <span className="muted">{what}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
