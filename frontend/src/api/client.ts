/** The typed client of the daemon's API, and how its failures look to the rest of the dashboard. */
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type { EditFault, FieldFault, Problem as ProblemDocument } from "./types";

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  headers: { Accept: "application/json" },
  fetch: (request) => globalThis.fetch(request),
});

/** The members of a problem document that the dashboard shows. */
export type Problem = Pick<ProblemDocument, "title" | "status" | "detail" | "error_code" | "owner"> & {
  /** What is wrong in definitions that were sent. */
  faults: EditFault[];
  /** What is wrong in other things that were sent, by the place of each. */
  fields: FieldFault[];
};

/** The daemon said no, in its own words. */
export class Refused extends Error {
  override readonly name = "Refused";
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** No answer came: the daemon is not there, or the way to it is cut. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  constructor() {
    super("The daemon did not answer.");
  }
}

/** A part did not come although the daemon is there: it is of another version now, or went away in that very moment. */
export class PartMissing extends Error {
  override readonly name = "PartMissing";
  constructor(cause: unknown) {
    super("The daemon may have been updated since this page was opened.", { cause });
  }
}

/** The data of a call, or a `Refused` or `Unreachable` thrown. */
export async function answer<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call.catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw new Unreachable();
  });
  const none = response.status === NO_CONTENT;
  if (!response.ok || (data === undefined && !none)) throw new Refused(asProblem(error, response));
  return data as Data;
}

/** What is asked for was done, and there is nothing to say. */
const NO_CONTENT = 204;

function asProblem(error: unknown, response: Response): Problem {
  const known =
    typeof error === "object" && error !== null ? (error as Partial<Problem> & { errors?: unknown }) : {};
  const errors: unknown[] = Array.isArray(known.errors) ? known.errors : [];
  return {
    title: known.title ?? response.statusText,
    status: response.status,
    detail: known.detail ?? `The daemon answered ${response.status} ${response.statusText}.`,
    error_code: known.error_code ?? "unknown",
    owner: known.owner ?? null,
    faults: errors.filter(isFault),
    fields: errors.filter(isField),
  };
}

function isFault(error: unknown): error is EditFault {
  return typeof error === "object" && error !== null && "line" in error && "message" in error;
}

function isField(error: unknown): error is FieldFault {
  return typeof error === "object" && error !== null && "where" in error && "message" in error;
}

/** What to tell a person about anything that was thrown. */
export function wordsFor(error: unknown): { title: string; detail: string } {
  if (error instanceof Refused) return { title: error.problem.title, detail: error.problem.detail };
  if (error instanceof Unreachable) return { title: "No answer", detail: error.message };
  if (error instanceof PartMissing)
    return { title: "This part of the page is missing", detail: error.message };
  return { title: "Something failed", detail: error instanceof Error ? error.message : String(error) };
}
