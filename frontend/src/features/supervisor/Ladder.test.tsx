import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Ladder } from "@/api/types";
import { openDashboard } from "@/test/daemon";
import { service } from "@/test/service";
import { receiptWords, untilForce } from "./Ladder";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21) + seconds * 1000).toISOString();
const LADDER: Ladder = {
  began_at: at(0),
  force_at: at(10),
  rungs: [
    { name: "http", state: "done", began_at: at(0) },
    { name: "SIGTERM", state: "now", began_at: at(2) },
    { name: "kill", state: "next", began_at: null },
  ],
  holding: [{ pid: 12, name: "python3" }],
};

it("shows each step of a stop, and who is still there", async () => {
  await openDashboard("/ui/services/demo/events", {
    services: [service({ status: "stopping", pid: 12, ladder: LADDER })],
  });
  const ladder = await screen.findByRole("region", { name: "How it is being stopped" });
  const steps = within(ladder).getAllByRole("listitem");
  expect(steps.map((step) => step.textContent)).toEqual([
    "http, tried",
    expect.stringMatching(/^SIGTERM, nowfor /),
    "force, still to come",
  ]);
  expect(steps[1]).toHaveAttribute("aria-current", "step");
  expect(ladder).toHaveTextContent("Still there: python3 (12)");
});

it("counts down to force", () => {
  const now = Date.parse(at(7.5));
  expect(untilForce(LADDER, LADDER.rungs[1], now)).toBe("By force in 3s.");
  expect(untilForce(LADDER, LADDER.rungs[1], Date.parse(at(11)))).toBe("By force now.");
  expect(untilForce(LADDER, { name: "kill", state: "now", began_at: at(10) }, now)).toBe(
    "It is being ended by force.",
  );
});

it("says which step did it and how long that took", () => {
  expect(receiptWords({ rung: "SIGTERM", seconds: 0.0241 })).toBe("Stopped by SIGTERM in 24 ms");
  expect(receiptWords({ rung: "kill", seconds: 10.03 })).toBe("Stopped by force in 10.0 s");
  expect(receiptWords({ rung: "none", seconds: 0.2 })).toBe(
    "Ended by itself while it was being stopped, in 200 ms",
  );
});
