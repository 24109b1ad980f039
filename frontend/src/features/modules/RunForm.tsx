/** The form that a module's parameters make, the process that it would start, and the button that starts it. */
import { Button, Checkbox, Group } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Refused } from "@/api/client";
import type { Module, Preset } from "@/api/types";
import { StartIcon } from "@/design/icons";
import { Failure } from "@/design/states";
import { useOffline } from "@/live/context";
import { CommandPreview } from "./CommandPreview";
import { visible } from "./form";
import { ParameterField } from "./ParameterField";
import { type Beginning, PresetChoice, SavePreset } from "./Presets";
import classes from "./RunForm.module.css";
import { useRunForm } from "./useRunForm";

interface RunFormProps {
  module: Module;
  /** What the form begins with, and the values of that. */
  beginning: Beginning;
  values: Record<string, unknown>;
  presets: readonly Preset[];
  /** Whether values were saved, and not only defaults. */
  saved: boolean;
}

export function RunForm({ module, beginning, values, presets, saved }: RunFormProps) {
  const navigate = useNavigate();
  const form = useRunForm(module, [module.id, beginning.preset ?? beginning.like ?? ""].join(":"), values);
  const offline = useOffline();
  const shown = visible(module.parameters, form.drafts);
  const why = offline ?? module.unavailable;
  const possible = why === null && !form.sending;
  return (
    <div className={classes.columns}>
      <form
        className={`panel ${classes.form}`}
        aria-label={`Run ${module.name}`}
        noValidate
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.currentTarget.requestSubmit();
        }}
        onSubmit={(event) => {
          event.preventDefault();
          if (possible) void form.launch();
        }}
      >
        <PresetChoice moduleId={module.id} presets={presets} beginning={beginning} saved={saved} />
        {module.parameters.length === 0 && <p className="muted">It asks for nothing.</p>}
        <div className={classes.fields}>
          {module.parameters
            .filter((one) => shown.has(one.name))
            .map((one) => (
              <ParameterField
                key={one.name}
                parameter={one}
                draft={form.drafts[one.name] ?? ""}
                fault={form.faults[one.name]}
                change={(draft) => form.change(one.name, draft)}
              />
            ))}
        </div>
        {form.error !== null && <Trouble error={form.error} faults={form.faults} />}
        <div className={classes.foot}>
          <Button
            type="submit"
            leftSection={<StartIcon size={14} />}
            title={why ?? "Ctrl+Enter"}
            disabled={!possible}
          >
            {form.sending ? "Asking…" : "Run"}
          </Button>
          {module.parameters.length > 0 && (
            <Checkbox
              size="xs"
              label="Keep these for the next time"
              checked={form.save}
              onChange={(event) => form.setSave(event.currentTarget.checked)}
            />
          )}
          <div className="grow" />
          <Group gap="xs">
            {form.typed && (
              <Button variant="subtle" onClick={form.reset}>
                Undo changes
              </Button>
            )}
            {module.parameters.length > 0 && (
              <SavePreset
                moduleId={module.id}
                presets={presets}
                name={beginning.preset ?? ""}
                parameters={form.parameters}
                done={(preset) => {
                  form.reset();
                  void navigate({ to: "/modules/$id", params: { id: module.id }, search: { preset } });
                }}
              />
            )}
            {saved && beginning.preset === undefined && beginning.like === undefined && (
              <Button variant="subtle" onClick={() => void form.forget()}>
                Back to the defaults
              </Button>
            )}
          </Group>
        </div>
      </form>
      <CommandPreview {...form.checked} />
    </div>
  );
}

/** Faults that stand at their fields need no second telling. */
function Trouble({ error, faults }: { error: unknown; faults: Record<string, string> }) {
  const atFields = error instanceof Refused && error.problem.status === 422 && Object.keys(faults).length > 0;
  if (!atFields) return <Failure error={error} />;
  return (
    <p className={classes.refused} role="alert">
      It was not started: {Object.values(faults).join(". ")}.
    </p>
  );
}
