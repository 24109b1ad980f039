/** A single call in words. */
import type { CallFlag, UsageCall } from "@/api/types";

const OUTCOMES: Record<UsageCall["outcome"], string> = {
  completed: "completed",
  failed: "failed",
  cut: "broke off",
  cancelled: "client hung up",
  refused: "over budget",
};

/** "failed, 529"; what went well needs no number, and what was told by others has none. */
export function outcomeWords({ outcome, status }: Pick<UsageCall, "outcome" | "status">): string {
  return outcome === "failed" && status !== null ? `failed, ${status}` : OUTCOMES[outcome];
}

/** Why its cost is not known, or that it used nothing; undefined where all is well. */
export function fault(call: Pick<UsageCall, "outcome" | "unpriced" | "unmetered">): CallFlag | undefined {
  if (call.unpriced) return "unpriced";
  if (call.unmetered) return "unmetered";
  return call.outcome === "failed" || call.outcome === "refused" ? "failed" : undefined;
}
