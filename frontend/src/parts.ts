/**
 * Parts of the dashboard that are loaded when they are first needed. The daemon serves them and may be away just then;
 * a style that once failed to come is never asked for again, nor is, in some browsers, a script. So the daemon is asked
 * first whether it is there, and waited for.
 */
import { type ComponentType, lazy } from "react";
import { api, PartMissing } from "@/api/client";

/** What `load` imports, once the daemon answers; fails with `PartMissing` only, which loading the page again mends. */
export async function part<Module>(load: () => Promise<Module>): Promise<Module> {
  while (!(await daemonAnswers())) await new Promise((resume) => setTimeout(resume, BETWEEN_TRIES));
  return await load().catch((reason: unknown) => {
    throw new PartMissing(reason);
  });
}

/** Milliseconds. */
const BETWEEN_TRIES = 1_000;

/** Whatever it says: an answer that all is not well is one too. */
const daemonAnswers = () =>
  api.GET("/health", { parseAs: "stream" }).then(
    () => true,
    () => false,
  );

/** `React.lazy` for a part. */
export const lazyPart = <Props>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy(() => part(load));
