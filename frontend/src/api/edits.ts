/** Calls that change the file of definitions, or say what they would change. */
import { answer, api, Refused } from "./client";
import type { EditFault, EditResult, Plan } from "./types";

/** What saving would do; `before` and `after` are texts of the file. */
export interface Change {
  plan: Plan;
  /** Warnings: they do not stand in the way. */
  faults: EditFault[];
  before: string | null;
  after: string;
}

/** What saving would do, or what is wrong. */
export type Checked = { good: true; change: Change } | { good: false; faults: EditFault[] };

/** Faults are an answer; everything else that is refused is thrown. */
async function checked(call: Promise<EditResult>): Promise<Checked> {
  try {
    const { plan, faults, preview, before } = await call;
    if (plan === null || preview === null) return { good: false, faults };
    return { good: true, change: { plan, faults, before, after: preview } };
  } catch (error) {
    if (error instanceof Refused && error.problem.error_code === "faulty_definition")
      return { good: false, faults: error.problem.faults };
    throw error;
  }
}

const ONE = "/api/services/{service_id}";
const path = (id: string) => ({ service_id: id });

export const checkNew = (text: string, signal: AbortSignal): Promise<Checked> =>
  checked(
    answer(api.POST("/api/services", { params: { query: { dry_run: true } }, body: { text }, signal })),
  );

export const addServices = (text: string): Promise<EditResult> =>
  answer(api.POST("/api/services", { body: { text } }));

export const checkBlock = (
  id: string,
  text: string,
  revision: string,
  signal: AbortSignal,
): Promise<Checked> =>
  checked(
    answer(
      api.PUT(ONE, {
        params: { path: path(id), query: { dry_run: true } },
        body: { text, revision },
        signal,
      }),
    ),
  );

export const writeBlock = (id: string, text: string, revision: string): Promise<EditResult> =>
  answer(api.PUT(ONE, { params: { path: path(id) }, body: { text, revision } }));

export const checkDelete = (id: string, revision: string, signal: AbortSignal): Promise<Checked> =>
  checked(
    answer(api.DELETE(ONE, { params: { path: path(id), query: { dry_run: true, revision } }, signal })),
  );

/** A service that runs is stopped first. */
export const deleteService = (id: string, revision: string): Promise<EditResult> =>
  answer(api.DELETE(ONE, { params: { path: path(id), query: { stop: true, revision } } }));
