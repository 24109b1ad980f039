/** How long a run has run, moving while it does. */
import type { Run } from "@/api/types";
import { useNow } from "@/design/time";
import { isActive } from "./statuses";
import { secondsOf, took } from "./words";

export function Elapsed({ run }: { run: Run }) {
  return isActive(run.status) ? <Moving run={run} /> : took(run.duration);
}

function Moving({ run }: { run: Run }) {
  return took(secondsOf(run, useNow()));
}
