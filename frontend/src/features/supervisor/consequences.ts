/** What a stop touches beside the service itself. */
import type { ServiceView } from "@/api/types";
import { duration } from "@/design/format";
import { isUp } from "./statuses";

type Definitions = Record<string, { depends_on?: unknown }>;

/** The services that are up and depend on `id`. */
export function runningDependents(
  id: string,
  definitions: Definitions,
  services: readonly ServiceView[],
): ServiceView[] {
  return services.filter(
    (service) => isUp(service.status) && dependsOn(definitions[service.id]?.depends_on, id),
  );
}

function dependsOn(declared: unknown, id: string): boolean {
  return typeof declared === "object" && declared !== null && Object.hasOwn(declared, id);
}

/** `now` in epoch milliseconds. */
export function whatIsLost(
  { started_at }: ServiceView,
  dependents: readonly ServiceView[],
  now: number,
): string {
  const age =
    started_at === null ? "" : ` It has been up for ${duration((now - Date.parse(started_at)) / 1000)}.`;
  const names = dependents.map((one) => one.name).join(", ");
  const others = names
    ? ` ${names} ${dependents.length === 1 ? "depends" : "depend"} on it and will stay up without it.`
    : "";
  return `What it is doing now ends.${age}${others}`;
}
