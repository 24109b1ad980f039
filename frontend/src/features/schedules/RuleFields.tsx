/** The fields that say when: one of four kinds. */
import { Checkbox, Textarea, TextInput } from "@mantine/core";
import type { Module } from "@/api/types";
import { Chip, Chips } from "@/design/Chips";
import { cronWords } from "./cron";
import type { Draft } from "./form";
import classes from "./ScheduleForm.module.css";
import { KINDS, type Kind } from "./words";

interface RuleFieldsProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  faults: Record<string, string>;
  modules: readonly Module[];
  localZone: string;
}

const ORDER = ["label", "input", "description", "error"] as ("label" | "input")[];

export function RuleFields(props: RuleFieldsProps) {
  const { draft, change } = props;
  return (
    <>
      <div>
        <p className={classes.label} aria-hidden="true">
          When it runs
        </p>
        <Chips label="When it runs">
          {(Object.keys(KINDS) as Kind[]).map((kind) => (
            <Chip key={kind} on={draft.kind === kind} toggle={() => change({ kind })}>
              {KINDS[kind]}
            </Chip>
          ))}
        </Chips>
      </div>
      {draft.kind === "cron" && <CronFields {...props} />}
      {draft.kind === "every" && <EveryField {...props} />}
      {draft.kind === "after" && <AfterField {...props} />}
      {draft.kind === "files" && <FilesFields {...props} />}
    </>
  );
}

const EXAMPLES = ["0 * * * *", "0 6 * * *", "0 6 * * 1-5", "0 9 * * 1", "0 0 1 * *"];

function CronFields({ draft, change, faults, localZone }: RuleFieldsProps) {
  return (
    <>
      <div className={classes.pair}>
        <TextInput
          label="Cron expression"
          withAsterisk
          classNames={{ input: "mono" }}
          spellCheck={false}
          autoComplete="off"
          inputWrapperOrder={ORDER}
          description="minute, hour, day of the month, month, day of the week"
          error={faults.cron}
          value={draft.cron}
          onChange={(event) => change({ cron: event.currentTarget.value })}
        />
        <TextInput
          label="Time zone"
          placeholder={`${localZone} (this machine's)`}
          spellCheck={false}
          autoComplete="off"
          list="zones"
          error={faults.zone}
          value={draft.zone}
          onChange={(event) => change({ zone: event.currentTarget.value })}
        />
        <datalist id="zones">
          {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </div>
      <div>
        <Chips label="Examples">
          {EXAMPLES.map((one) => (
            <Chip key={one} on={draft.cron === one} toggle={() => change({ cron: one })}>
              {cronWords(one)}
            </Chip>
          ))}
        </Chips>
      </div>
    </>
  );
}

function EveryField({ draft, change, faults }: RuleFieldsProps) {
  return (
    <TextInput
      label="Every"
      withAsterisk
      description="such as 30s, 15m, 1h 30m or 7d; it counts time that passes, whatever clocks say"
      inputWrapperOrder={ORDER}
      error={faults.every}
      value={draft.every}
      onChange={(event) => change({ every: event.currentTarget.value })}
    />
  );
}

function AfterField({ draft, change, faults, modules }: RuleFieldsProps) {
  const others = modules.filter(({ id }) => id !== draft.module);
  const lost = draft.after.filter((one) => !modules.some(({ id }) => id === one));
  return (
    <Checkbox.Group
      label="When a run of one of these has completed"
      withAsterisk
      error={faults.after}
      value={draft.after}
      onChange={(after) => change({ after })}
    >
      <div className={classes.modules}>
        {[
          ...others.map(({ id, name }) => ({ id, name })),
          ...lost.map((id) => ({ id, name: `${id} (not there)` })),
        ].map(({ id, name }) => (
          <Checkbox key={id} size="xs" value={id} label={name} />
        ))}
        {others.length === 0 && <p className="muted">There is no other module.</p>}
      </div>
    </Checkbox.Group>
  );
}

function FilesFields({ draft, change, faults }: RuleFieldsProps) {
  return (
    <>
      <Textarea
        label="When such a file is new or has changed"
        withAsterisk
        description="whole paths or patterns, one a line; ** goes through folders"
        inputWrapperOrder={ORDER}
        placeholder="/home/me/inbox/*.csv"
        classNames={{ input: "mono" }}
        spellCheck={false}
        autosize
        minRows={2}
        maxRows={8}
        error={faults.files}
        value={draft.files}
        onChange={(event) => change({ files: event.currentTarget.value })}
      />
      <TextInput
        label="Once none has changed for"
        description="large files take their time to be written"
        inputWrapperOrder={ORDER}
        className={classes.short as string}
        error={faults.settle}
        value={draft.settle}
        onChange={(event) => change({ settle: event.currentTarget.value })}
      />
    </>
  );
}
