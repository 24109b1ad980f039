/** What a dependency asks for, in words, and whether it is met. */
import type { Condition, Dependency, ServiceView } from "@/api/types";

/** As a word beside an arrow. */
export const CONDITION: Record<Condition, string> = {
  started: "started",
  healthy: "healthy",
  exited_ok: "finished",
};

const ASKED: Record<Condition, string> = {
  started: "to run",
  healthy: "to be healthy",
  exited_ok: "to finish",
};

/** `exitCodes` are those of `other` that are no failure. */
export function isMet(
  condition: Condition,
  other: Pick<ServiceView, "status" | "health" | "exit_code">,
  exitCodes: readonly number[] = [0],
): boolean {
  if (condition === "exited_ok")
    return other.status === "exited" && other.exit_code !== null && exitCodes.includes(other.exit_code);
  return other.status === "running" && (condition === "started" || other.health === "healthy");
}

/** "db to be healthy, cache to run" */
export function needsWords(depends_on: readonly Dependency[]): string {
  if (depends_on.length === 0) return "nothing";
  return depends_on.map(({ service, condition }) => `${service} ${ASKED[condition]}`).join(", ");
}

type Definitions = Record<string, { [key: string]: unknown }>;

/** The exit codes of a service that are no failure, as its definition says. */
export function exitCodesOf(definitions: Definitions, id: string): readonly number[] {
  const restart = definitions[id]?.restart as { exit_codes?: number[] } | undefined;
  return restart?.exit_codes ?? [0];
}
