import { Refused } from "@/api/client";
import { Failure } from "@/design/states";
import { Faults } from "./Faults";

/** What was fine a moment ago may be refused now. */
export function NotSaved({ error }: { error: unknown }) {
  const faults = error instanceof Refused ? error.problem.faults : [];
  return (
    <>
      <Failure error={error} />
      {faults.length > 0 && <Faults faults={faults} />}
    </>
  );
}
