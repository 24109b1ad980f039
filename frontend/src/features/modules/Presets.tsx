/** Values that were given names: to begin with them, to keep what is filled in, to forget them. */
import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "@/api/client";
import { presetsQuery } from "@/api/queries/modules";
import type { Preset } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { Failure } from "@/design/states";
import { useOffline } from "@/live/context";
import classes from "./Presets.module.css";

/** What a form begins with. */
export interface Beginning {
  preset?: string;
  /** The id of an earlier run. */
  like?: string;
}

interface ChoiceProps {
  moduleId: string;
  presets: readonly Preset[];
  beginning: Beginning;
  /** Whether values were saved, and not only defaults. */
  saved: boolean;
}

export function PresetChoice({ moduleId, presets, beginning: { preset, like }, saved }: ChoiceProps) {
  const navigate = useNavigate();
  if (presets.length === 0 && like === undefined) return null;
  const begin = (name: string) =>
    void navigate({ to: "/modules/$id", params: { id: moduleId }, search: name ? { preset: name } : {} });
  return (
    <div className={classes.choice}>
      <NativeSelect
        size="xs"
        label="Begin with"
        value={preset ?? (like === undefined ? "" : LIKE)}
        onChange={(event) => begin(event.currentTarget.value)}
        data={[
          { value: "", label: saved ? "What was filled in last" : "The defaults" },
          ...(like === undefined ? [] : [{ value: LIKE, label: "An earlier run" }]),
          ...presets.map(({ name }) => ({ value: name, label: name })),
        ]}
      />
      {preset !== undefined && <ForgetPreset moduleId={moduleId} name={preset} done={() => begin("")} />}
    </div>
  );
}

/** No name of a preset begins so. */
const LIKE = " like";

function ForgetPreset({ moduleId, name, done }: { moduleId: string; name: string; done: () => void }) {
  const cache = useQueryClient();
  const offline = useOffline();
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const forget = async () => {
    const path = { params: { path: { module_id: moduleId, name } } };
    try {
      await answer(api.DELETE("/api/modules/{module_id}/presets/{name}", path));
      done();
      await cache.invalidateQueries({ queryKey: presetsQuery(moduleId).queryKey });
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <>
      <Button
        size="xs"
        variant="subtle"
        onClick={() => setAsking(true)}
        title={offline ?? ""}
        disabled={offline !== null}
      >
        Delete preset
      </Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={`Delete the preset ${name}?`}>
        <p>Its values are forgotten. Runs that were begun with them keep theirs.</p>
        {error !== null && <Failure error={error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            No
          </Button>
          <Button data-autofocus onClick={() => void forget()}>
            Delete
          </Button>
        </Group>
      </Dialog>
    </>
  );
}

interface SaveProps {
  moduleId: string;
  presets: readonly Preset[];
  /** The name that is offered. */
  name: string;
  parameters: Record<string, unknown>;
  /** They are kept under this name. */
  done: (name: string) => void;
}

export function SavePreset({ moduleId, presets, name: offered, parameters, done }: SaveProps) {
  const cache = useQueryClient();
  const offline = useOffline();
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const name = (typed ?? "").trim();
  const close = () => {
    setTyped(null);
    setError(null);
  };
  const save = async () => {
    const path = { params: { path: { module_id: moduleId, name } }, body: { parameters } };
    try {
      await answer(api.PUT("/api/modules/{module_id}/presets/{name}", path));
      await cache.invalidateQueries({ queryKey: presetsQuery(moduleId).queryKey });
      close();
      done(name);
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <>
      <Button
        variant="subtle"
        onClick={() => setTyped(offered)}
        title={offline ?? ""}
        disabled={offline !== null}
      >
        Save as preset…
      </Button>
      <Dialog opened={typed !== null} onClose={close} title="Save as preset">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            event.stopPropagation(); // React's, to the form of the run that this stands in
            if (isName(name)) void save();
          }}
        >
          <TextInput
            label="Name"
            data-autofocus
            maxLength={100}
            value={typed ?? ""}
            error={name !== "" && !isName(name) && "A name begins with a letter or digit, and has no slash"}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <p className={`${classes.note} muted small`}>
            {presets.some((one) => one.name === name)
              ? "The one of this name is replaced."
              : "The values of the form are kept under this name. Secrets are not."}
          </p>
          {error !== null && <Failure error={error} />}
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={!isName(name)}>
              Save
            </Button>
          </Group>
        </form>
      </Dialog>
    </>
  );
}

/** As the daemon takes it. */
function isName(name: string): boolean {
  return /^[\p{L}\p{N}_][^/\p{Cc}]*$/u.test(name);
}
