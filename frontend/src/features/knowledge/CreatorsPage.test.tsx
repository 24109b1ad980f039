import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { openDashboard } from "@/test/daemon";
import { creatorOf, statsOf } from "@/test/knowledge";

const CREATORS = [
  creatorOf("ada", { name: "Ada", focus: "Rigging", priority: "critical", due: true, failures: 2 }),
  creatorOf("bob", { name: "Bob", priority: "low", due_at: "2026-12-01T11:00:00Z", fetching: true }),
];

function open(address: string, post: Parameters<typeof openDashboard>[1]["post"] = () => ({ body: {} })) {
  const answers: Record<string, unknown> = {
    "/api/knowledge/stats": statsOf(),
    "/api/knowledge/creators": {
      total: 2,
      creators: CREATORS,
      priority_tiers: {},
      faults: ["creators[3].id: is missing"],
    },
  };
  return openDashboard(address, { services: [], get: (path) => answers[path], post });
}

it("shows when each is due, what failed, and what is wrong in the metadata", async () => {
  await open("/ui/knowledge/creators");
  const [, ada, bob] = await screen.findAllByRole("row");
  expect(ada).toHaveTextContent(/Ada.*critical.*never.*failed 2 times since.*now/);
  expect(within(bob as HTMLElement).getByRole("button", { name: "Fetch now from Bob" })).toBeDisabled();
  expect(screen.getByText("creators[3].id: is missing")).toBeVisible();
});

it("narrows them by tier, in the address", async () => {
  await open("/ui/knowledge/creators");
  await userEvent.click(await screen.findByRole("button", { name: "low" }));
  expect(screen.queryByRole("link", { name: "Ada" })).toBeNull();
  expect(window.location.search).toBe("?priority=low");
});

it("leads from a fetch to its run", async () => {
  await open("/ui/knowledge/creators", () => ({ status: 202, body: { runs: ["run_1"], message: "" } }));
  await userEvent.click(await screen.findByRole("button", { name: "Fetch now from Ada" }));
  expect(await screen.findByRole("link", { name: "See its run" })).toHaveAttribute(
    "href",
    "/ui/runs/run_1/log",
  );
});

it("shows why nothing can be fetched, in the daemon's own words", async () => {
  const detail = "Write `fetch: MODULE` below `knowledge:` in control-center.yaml.";
  await open("/ui/knowledge/creators", () => ({ status: 409, body: { title: "No module fetches", detail } }));
  await userEvent.click(await screen.findByRole("button", { name: "Fetch now from Ada" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(detail);
});
