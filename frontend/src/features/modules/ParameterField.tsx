/** The field of one parameter, by its kind. */
import { Checkbox, Group, NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Parameter } from "@/api/types";
import { boundsWords, type Draft } from "./form";
import classes from "./ParameterField.module.css";

interface FieldProps {
  parameter: Parameter;
  draft: Draft;
  fault: string | undefined;
  change: (draft: Draft) => void;
}

export function ParameterField(props: FieldProps) {
  return (
    <div className={classes.field} data-parameter={props.parameter.name}>
      <Input {...props} />
      {props.parameter.warning && <p className={classes.warning}>{props.parameter.warning}</p>}
    </div>
  );
}

function Input({ parameter, draft, fault, change }: FieldProps) {
  const { name, type, options, multiple, placeholder, secret } = parameter;
  const shared = {
    name,
    label: parameter.label ?? name,
    description: descriptionOf(parameter),
    withAsterisk: parameter.required,
    error: fault,
    inputWrapperOrder: ["label", "input", "description", "error"] as ("label" | "input")[],
  };
  if (typeof draft === "boolean") {
    return (
      <Checkbox
        name={name}
        label={shared.label}
        description={shared.description}
        error={fault}
        checked={draft}
        onChange={(event) => change(event.currentTarget.checked)}
      />
    );
  }
  if (Array.isArray(draft)) {
    return (
      <Checkbox.Group {...shared} value={draft} onChange={change}>
        <Group gap="md" my={4}>
          {options.map((option) => (
            <Checkbox key={option} size="xs" value={String(option)} label={String(option)} />
          ))}
        </Group>
      </Checkbox.Group>
    );
  }
  if (type === "select") {
    const known = options.map(String);
    const empty = draft === "" || !parameter.required ? [{ value: "", label: "–" }] : [];
    return (
      <NativeSelect
        {...shared}
        value={draft}
        onChange={(event) => change(event.currentTarget.value)}
        // A value that is no option any more is shown, and refused by the daemon.
        data={[...empty, ...known, ...(draft === "" || known.includes(draft) ? [] : [draft])]}
      />
    );
  }
  if (multiple || draft.includes("\n")) {
    return (
      <Textarea
        {...shared}
        placeholder={placeholder ?? ""}
        autosize
        minRows={2}
        maxRows={12}
        value={draft}
        onChange={(event) => change(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      {...shared}
      type={secret ? "password" : "text"}
      autoComplete={secret ? "new-password" : "off"}
      spellCheck={false}
      inputMode={type === "number" ? "decimal" : "text"}
      placeholder={placeholder ?? ""}
      value={draft}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

function descriptionOf(parameter: Parameter): string {
  const { description, type, multiple, secret } = parameter;
  const hints = [
    ...(type === "number" ? [boundsWords(parameter)] : []),
    ...(multiple && type !== "select" ? ["one a line"] : []),
    ...(secret ? ["never stored"] : []),
  ];
  return [description, hints.join(", ")].filter(Boolean).join(" · ");
}
