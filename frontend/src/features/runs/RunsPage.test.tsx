import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Run } from "@/api/types";
import { openDashboard } from "@/test/daemon";
import { FakeSocket } from "@/test/FakeSocket";
import { run } from "@/test/run";

const going = run({
  run_id: "run_1",
  module_name: "Train",
  status: "running",
  completed_at: null,
  progress_percent: 40,
  message: "page 4 of 10",
});
const waits = run({
  run_id: "run_2",
  module_name: "Collect",
  status: "queued",
  started_at: null,
  completed_at: null,
  duration: null,
  position: 1,
  waiting_for: "gpu0 is held by Train",
});
const failed = run({
  run_id: "run_0",
  module_name: "Flaky",
  status: "failed",
  exit_code: 3,
  reason: "exit code 3",
  error_message: "ValueError: no route to host",
});

async function open(address: string, past: Run[], active: Run[] = []) {
  const played = await openDashboard(address, {
    services: [],
    get: (path) => {
      if (path === "/api/runs") return { runs: past, total: past.length, limit: 50, offset: 0, cursor: null };
      if (path === "/api/modules") return { modules: [], total: 0, faults: [] };
      return [...past, ...active].find(({ run_id }) => path === `/api/runs/${run_id}`);
    },
  });
  act(() =>
    FakeSocket.to("/api/runs/ws").tell({ type: "runs", timestamp: new Date().toISOString(), runs: active }),
  );
  return played;
}

it("shows what runs with its progress, and what waits with its place and the reason", async () => {
  await open("/ui/runs", [], [going, waits]);
  const now = await screen.findByRole("list", { name: "Running now" });
  expect(within(now).getByRole("progressbar", { name: "Progress of Train" })).toHaveAttribute(
    "aria-valuenow",
    "40",
  );
  const queue = screen.getByRole("list", { name: "Waiting" });
  expect(within(queue).getByTitle("Place in the queue")).toHaveTextContent("1");
  expect(queue).toHaveTextContent("gpu0 is held by Train");
});

it("asks before it cancels, and then tells the daemon", async () => {
  const { asked } = await open("/ui/runs", [], [going]);
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  const question = await screen.findByRole("dialog", { name: "Cancel Train?" });
  expect(question).toHaveTextContent("Everything that it has started is ended with it.");
  expect(asked).not.toContain("DELETE /api/runs/run_1");
  await userEvent.click(within(question).getByRole("button", { name: "Cancel the run" }));
  await waitFor(() => expect(asked).toContain("DELETE /api/runs/run_1"));
});

it("leads to the comparison of the two that were picked", async () => {
  await open("/ui/runs", [run({ run_id: "run_9", parameters: { steps: 9 } }), failed]);
  await userEvent.click(await screen.findByRole("checkbox", { name: "Compare run_9" }));
  expect(screen.queryByRole("link", { name: "Compare the two" })).toBeNull();
  await userEvent.click(screen.getByRole("checkbox", { name: "Compare run_0" }));
  await userEvent.click(await screen.findByRole("link", { name: "Compare the two" }));
  const table = await screen.findByRole("table", { name: "Two runs side by side" });
  expect(within(table).getByRole("row", { name: /^State, differs completed failed$/ })).toBeVisible();
});

it("says on the page of a run why it failed, with the last that it said", async () => {
  await open("/ui/runs/run_0/details", [failed]);
  expect(await screen.findByText("exit code 3")).toBeVisible();
  expect(screen.getByRole("region", { name: "The last that it said" })).toHaveTextContent("no route to host");
  expect(screen.getByRole("button", { name: "Run again" })).toBeEnabled();
});

it("says that nothing has ended", async () => {
  await open("/ui/runs", []);
  expect(await screen.findByRole("heading", { name: "Nothing has ended yet" })).toBeVisible();
});

it("says that there is no such run", async () => {
  await open("/ui/runs/run_lost/log", []);
  expect(await screen.findByRole("heading", { name: "There is no such run" })).toBeVisible();
});
