/**
 * The fields of a form and the values that they stand for.
 *
 * Which fields are shown is decided here, by the rule of the daemon; whether a value is good the daemon alone says.
 */
import type { Parameter } from "@/api/types";

/** What a field holds: text, also of a number; a list has one item a line, or the chosen options. */
export type Draft = string | boolean | string[];
export type Drafts = Record<string, Draft>;

export function draftOf(parameter: Parameter, value: unknown): Draft {
  if (parameter.type === "checkbox") return value === true;
  if (parameter.multiple) {
    const items = Array.isArray(value) ? value.map(String) : [];
    return parameter.type === "select" ? items : items.join("\n");
  }
  return value === null || value === undefined ? "" : String(value);
}

/** Where a form begins; secrets are never known. */
export function draftsOf(parameters: readonly Parameter[], values: Record<string, unknown>): Drafts {
  return Object.fromEntries(
    parameters.map((one) => [one.name, draftOf(one, one.secret ? null : values[one.name])]),
  );
}

/**
 * What a form begins with to be as it was for a run that was given `values`. What is not among them was left empty if it
 * was shown; what was not shown has its default, for whom shows it now.
 */
export function beginning(
  parameters: readonly Parameter[],
  values: Record<string, unknown>,
): Record<string, unknown> {
  const shown = visible(parameters, draftsOf(parameters, values));
  return Object.fromEntries(
    parameters.map(({ name, default: plain }) => [
      name,
      name in values ? values[name] : shown.has(name) ? null : plain,
    ]),
  );
}

/** The JSON value of a field; null where it is empty. A text that is no number stays text, and is refused as such. */
export function valueIn(parameter: Parameter, draft: Draft): unknown {
  if (typeof draft === "boolean") return draft;
  if (Array.isArray(draft)) return parameter.options.filter((option) => draft.includes(String(option)));
  if (parameter.multiple) {
    return draft
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => single(parameter, line));
  }
  return draft === "" ? null : single(parameter, draft);
}

function single(parameter: Parameter, text: string): string | number {
  if (parameter.type === "select") return parameter.options.find((one) => String(one) === text) ?? text;
  if (parameter.type !== "number" || text.trim() === "") return text;
  const number = Number(text);
  // A whole number that a browser cannot hold would become another one.
  const held = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return held ? number : text;
}

/** The names of the parameters that are shown: each condition must hold, and that of what it asks about. */
export function visible(parameters: readonly Parameter[], drafts: Drafts): ReadonlySet<string> {
  const byName = new Map(parameters.map((one) => [one.name, one]));
  const isShown = (one: Parameter, seen: readonly string[]): boolean => {
    if (one.conditional_display === null) return true;
    const above = byName.get(one.conditional_display.field);
    if (!above || seen.includes(above.name)) return false;
    const holds = same(valueIn(above, drafts[above.name] ?? ""), one.conditional_display.value);
    return holds && isShown(above, [...seen, above.name]);
  };
  return new Set(parameters.filter((one) => isShown(one, [one.name])).map(({ name }) => name));
}

/** `720` given as text is the number; true and false are no numbers. */
function same(value: unknown, wanted: unknown): boolean {
  if (typeof value === "boolean" || typeof wanted === "boolean") return value === wanted;
  return value === wanted || (value !== null && wanted !== null && String(value) === String(wanted));
}

/** What a run is asked for with. A secret that was left empty is not given at all: it may have a default. */
export function given(parameters: readonly Parameter[], drafts: Drafts): Record<string, unknown> {
  const shown = visible(parameters, drafts);
  return Object.fromEntries(
    parameters
      .filter((one) => shown.has(one.name) && !(one.secret && (drafts[one.name] ?? "") === ""))
      .map((one) => [one.name, valueIn(one, drafts[one.name] ?? "")]),
  );
}

/** "1 to 300", "at least 1", or nothing where a number is free. */
export function boundsWords({ min, max, integer }: Parameter): string {
  const kind = integer ? "whole number" : "number";
  if (min !== null && max !== null) return `${kind} from ${min} to ${max}`;
  if (min !== null) return `${kind} of at least ${min}`;
  return max === null ? kind : `${kind} of at most ${max}`;
}
