/** The payload of an event as one line: its reason first, then the other facts that have a value. */
export function payloadWords(payload: Record<string, unknown>): string {
  const { reason, ...rest } = payload;
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([key, value]) => `${key.replaceAll("_", " ")} ${valueWords(value)}`);
  return [...(typeof reason === "string" && reason ? [reason] : []), ...facts].join(" · ");
}

function valueWords(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(1);
  return JSON.stringify(value);
}
