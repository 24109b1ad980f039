/** What needs a person, out of everything that the dashboard knows; the worst first. */
import type { Alert, Budget, Check, Configuration, ServiceView } from "@/api/types";
import { exactTime } from "@/design/format";
import { valueWords } from "@/features/alerts/words";
import { fileName, plural } from "@/features/definitions/words";
import { dollars } from "@/features/usage/money";

export type Severity = "error" | "warning";

/** Where more is told of it. */
export type Whither =
  | { place: "service"; id: string; tab: "logs" | "configuration" }
  | { place: "alerts" | "configuration" | "diagnostics" | "usage" };

export interface Need {
  id: string;
  severity: Severity;
  what: string;
  why: string | null;
  whither: Whither;
  /** The service that a button may put right. */
  service?: ServiceView;
}

/** Undefined where it has not been told yet. */
export interface Known {
  services: readonly ServiceView[] | undefined;
  /** Those that fire and that nobody has silenced. */
  alerts: readonly Alert[] | undefined;
  configuration: Configuration | undefined;
  budgets: readonly Budget[] | undefined;
  checks: readonly Check[] | undefined;
}

export function needs(known: Known): Need[] {
  const { services = [], alerts = [], configuration, budgets = [], checks = [] } = known;
  const ofServices = services.flatMap(ofService);
  const told = new Set(ofServices.map(({ service }) => service?.id));
  const all = [
    ...ofServices,
    ...alerts
      .filter(({ kind, service }) => kind !== "state" || !told.has(service ?? undefined))
      .flatMap(ofAlert),
    ...(configuration ? ofConfiguration(configuration) : []),
    ...checks.flatMap(ofCheck),
    ...budgets.flatMap(ofBudget),
  ];
  return [...all.filter(isError), ...all.filter((need) => !isError(need))];
}

const isError = ({ severity }: Need) => severity === "error";

function ofService(service: ServiceView): Need[] {
  const { id, name, status, health, reason, definition } = service;
  const need = (
    severity: Severity,
    what: string,
    why: string | null,
    tab: "logs" | "configuration",
  ): Need => ({
    id: `service ${id}`,
    severity,
    what,
    why,
    whither: { place: "service", id, tab },
    service,
  });
  if (status === "failed") return [need("error", `${name} failed`, reason, "logs")];
  if (status === "running" && health === "unhealthy")
    return [need("error", `${name} is unhealthy`, reason, "logs")];
  if (status === "backoff") return [need("warning", `${name} ended and is tried again`, reason, "logs")];
  if (definition === "changed")
    return [
      need(
        "warning",
        `${name} runs with an older definition`,
        "Restart it to apply the new one.",
        "configuration",
      ),
    ];
  return [];
}

/** What is worth knowing, and no more, stands with the other alerts. */
function ofAlert(alert: Alert): Need[] {
  const { id, kind, severity, summary, rule, subject } = alert;
  if (severity === "info") return [];
  const now = kind === "metric" ? valueWords(alert) : "";
  return [
    {
      id: `alert ${id}`,
      severity: severity === "critical" ? "error" : "warning",
      what: summary,
      why: `Alert ${rule}${subject && subject !== rule ? `, of ${subject}` : ""}${now && `, now ${now}`}`,
      whither: { place: "alerts" },
    },
  ];
}

function ofConfiguration({ state, path, faults }: Configuration): Need[] {
  if (state === "in_force" && faults.length === 0) return [];
  const file = fileName(path);
  const errors = faults.filter(({ severity }) => severity === "error");
  const first = errors[0] ?? faults[0];
  const need = (severity: Severity, what: string): Need => ({
    id: "configuration",
    severity,
    what,
    why: first ? `${first.line ? `Line ${first.line}: ` : ""}${first.message}` : null,
    whither: { place: "configuration" },
  });
  if (state === "missing") return [need("error", `${file} is not there`)];
  if (state === "faulty")
    return [need("error", `${file} has ${plural(errors.length, "error")} and is not applied`)];
  return [need("warning", `${file} has ${plural(faults.length, "warning")}`)];
}

/** Of the definitions it is told already, line by line. */
function ofCheck({ id, status, title, what }: Check): Need[] {
  if (status !== "error" || /^(configuration|paths)(\.|$)/.test(id)) return [];
  return [
    { id: `check ${id}`, severity: "error", what: title, why: what, whither: { place: "diagnostics" } },
  ];
}

function ofBudget({ id, state, spent, soft, hard, per, resets_at }: Budget): Need[] {
  if (state === "within") return [];
  const refuses = state === "hard";
  const whole = refuses ? hard : soft;
  return [
    {
      id: `budget ${id}`,
      severity: refuses ? "error" : "warning",
      what: refuses
        ? `The budget ${id} is spent: calls are refused`
        : `The budget ${id} has reached its soft limit`,
      why: `${dollars(spent)} of ${dollars(whole)} a ${per}; anew at ${exactTime(Date.parse(resets_at)).slice(0, MINUTES)}`,
      whither: { place: "usage" },
    },
  ];
}

const MINUTES = "2026-11-22 01:00".length;

export interface Verdict {
  level: "good" | "warning" | "error" | "unknown";
  words: string;
}

/** The one sentence that is read from across the room. */
export function verdict(found: readonly Need[], known: boolean, offline: boolean): Verdict {
  if (offline) return { level: "unknown", words: "Not known: no connection" };
  if (!known) return { level: "unknown", words: "Looking…" };
  const errors = found.filter(isError).length;
  const others = found.length - errors;
  if (errors > 0) {
    const wrong = errors === 1 ? "1 thing is wrong" : `${errors} things are wrong`;
    return { level: "error", words: others > 0 ? `${wrong}, ${others} to look at` : wrong };
  }
  if (others > 0) return { level: "warning", words: `${plural(others, "thing")} to look at` };
  return { level: "good", words: "All is well" };
}

/** "5 running, 2 stopped": how the services stand, the most frequent first. */
export function standing(services: readonly Pick<ServiceView, "status">[]): string {
  const counts = new Map<string, number>();
  for (const { status } of services) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort((one, other) => other[1] - one[1])
    .map(([status, many]) => `${many} ${status}`)
    .join(", ");
}
