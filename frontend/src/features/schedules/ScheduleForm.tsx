/** The form of a schedule, and beside it when it would run. */
import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import type { Module, Schedule } from "@/api/types";
import { Failure } from "@/design/states";
import { visible } from "@/features/modules/form";
import { ParameterField } from "@/features/modules/ParameterField";
import { useOffline } from "@/live/context";
import { askable, byClock, type Draft, parameterDrafts } from "./form";
import { NextTimes } from "./NextTimes";
import { RuleFields } from "./RuleFields";
import classes from "./ScheduleForm.module.css";
import { useScheduleForm } from "./useScheduleForm";

interface ScheduleFormProps {
  begins: Draft;
  schedule: Schedule | null;
  modules: readonly Module[];
  localZone: string;
}

export function ScheduleForm({ begins, schedule, modules, localZone }: ScheduleFormProps) {
  const form = useScheduleForm(begins, schedule, modules);
  const offline = useOffline();
  const { draft, module, change, faults } = form;
  const drafts = parameterDrafts(module, draft.parameters);
  const shown = visible(askable(module), drafts);
  const secrets = (module?.parameters ?? []).filter((one) => one.secret);
  const possible = offline === null && !form.sending;
  return (
    <div className={classes.columns}>
      <form
        className={`panel ${classes.form}`}
        aria-label={schedule === null ? "New schedule" : `Change ${schedule.name}`}
        noValidate
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.currentTarget.requestSubmit();
        }}
        onSubmit={(event) => {
          event.preventDefault();
          if (possible) void form.save();
        }}
      >
        <div className={classes.pair}>
          <NativeSelect
            label="Module"
            withAsterisk
            error={faults.module_id}
            value={draft.module}
            onChange={(event) => change({ module: event.currentTarget.value, parameters: {} })}
            data={[
              ...(draft.module === "" ? [{ value: "", label: "Choose a module" }] : []),
              ...(draft.module === "" || module
                ? []
                : [{ value: draft.module, label: `${draft.module} (not there)` }]),
              ...modules.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
          <TextInput
            label="Name"
            placeholder={module?.name ?? ""}
            error={faults.name}
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
        </div>
        <RuleFields draft={draft} change={change} faults={faults} modules={modules} localZone={localZone} />
        {byClock(draft.kind) && (
          <div className={classes.pair}>
            <NativeSelect
              label="Missed times"
              description="while the machine was off or asleep"
              inputWrapperOrder={["label", "input", "description", "error"]}
              value={draft.missed}
              onChange={(event) => change({ missed: event.currentTarget.value as Draft["missed"] })}
              data={[
                { value: "skip", label: "Skip them" },
                { value: "once", label: "Run once for all of them" },
              ]}
            />
            <TextInput
              label="Jitter"
              description="begins up to so much later, another length each time"
              inputWrapperOrder={["label", "input", "description", "error"]}
              placeholder="none"
              error={faults.jitter}
              value={draft.jitter}
              onChange={(event) => change({ jitter: event.currentTarget.value })}
            />
          </div>
        )}
        <Checkbox
          label="Run though the run before still goes"
          checked={draft.overlap}
          onChange={(event) => change({ overlap: event.currentTarget.checked })}
        />
        {shown.size > 0 && <h2 className={classes.part}>What it is run with</h2>}
        {askable(module)
          .filter((one) => shown.has(one.name))
          .map((one) => (
            <ParameterField
              key={one.name}
              parameter={one}
              draft={drafts[one.name] ?? ""}
              fault={faults[`parameters.${one.name}`]}
              change={(value) => change({ parameters: { ...draft.parameters, [one.name]: value } })}
            />
          ))}
        {secrets.length > 0 && (
          <p className="muted small">
            Secret parameters ({secrets.map((one) => one.label ?? one.name).join(", ")}) are not kept here. A
            schedule that needs them is declared with its module.
          </p>
        )}
        {form.error !== null && <Trouble error={form.error} faults={faults} />}
        <div className={classes.foot}>
          <Button type="submit" title={offline ?? "Ctrl+Enter"} disabled={!possible || draft.module === ""}>
            {form.sending ? "Saving…" : schedule === null ? "Make the schedule" : "Save"}
          </Button>
          <div className="grow" />
          {form.typed && (
            <Button variant="subtle" onClick={form.reset}>
              Undo changes
            </Button>
          )}
        </div>
      </form>
      <NextTimes draft={draft} nameOf={namesOf(modules)} checked={form.checked} asked={form.readable} />
    </div>
  );
}

function namesOf(modules: readonly Module[]): (id: string) => string {
  return (id) => modules.find((one) => one.id === id)?.name ?? id;
}

/** Faults that stand at their fields need no second telling. */
function Trouble({ error, faults }: { error: unknown; faults: Record<string, string> }) {
  if (Object.keys(faults).length === 0) return <Failure error={error} />;
  return (
    <p className={classes.refused} role="alert">
      It was not saved: {Object.values(faults).join(". ")}
    </p>
  );
}
