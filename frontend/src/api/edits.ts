/** Calls that change the file of definitions, or say what they would change. */
import { Refused, raw } from "./client";
import type { Block, DryRun, Edited, Fault } from "./types";

/** What saving would do, or what is wrong with what was typed. */
export type Checked = { good: true; answer: DryRun } | { good: false; faults: Fault[] };

/** Faults are an answer; everything else that is refused is thrown. */
async function checked(call: Promise<DryRun>): Promise<Checked> {
  try {
    return { good: true, answer: await call };
  } catch (error) {
    if (error instanceof Refused && error.problem.faults.length > 0)
      return { good: false, faults: error.problem.faults };
    throw error;
  }
}

const one = (id: string) => `/api/services/${id}`;

export const checkNew = (text: string, signal: AbortSignal): Promise<Checked> =>
  checked(raw("POST", "/api/services?dry_run=true", { text }, signal));

export const addServices = (text: string): Promise<Edited> => raw("POST", "/api/services", { text });

export const checkBlock = (
  id: string,
  text: string,
  revision: string,
  signal: AbortSignal,
): Promise<Checked> => checked(raw("PUT", `${one(id)}?dry_run=true`, { text, revision }, signal));

export const writeBlock = (id: string, text: string, revision: string): Promise<Edited> =>
  raw("PUT", one(id), { text, revision });

export const readBlock = (id: string, signal?: AbortSignal): Promise<Block> =>
  raw("GET", `${one(id)}/definition`, undefined, signal);

/** A service that runs is refused unless `stop`. */
export const deleteService = (id: string, stop: boolean): Promise<unknown> =>
  raw("DELETE", `${one(id)}${stop ? "?stop=true" : ""}`);
