import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { openDashboard } from "@/test/daemon";
import { agentOf, statsOf } from "@/test/knowledge";

const FIRST = agentOf("01_art_director", { name: "Art director", child_count: 1, knowledge_files: 4 });
const SECOND = agentOf("L2.1.1", {
  name: "Style",
  level: "L2",
  parent: FIRST.id,
  child_count: 1,
  role: "Looks",
});
const THIRD = agentOf("L3.1.1.1", { name: "Shading", level: "L3", parent: SECOND.id, role: "Shades" });

function open(address: string) {
  const counts = { l1: 1, l2: 1, l3: 1, total: 3 };
  const answers: Record<string, unknown> = {
    "/api/agents/stats": {
      total: 3,
      by_level: {},
      l1_count: 1,
      l2_count: 1,
      l3_count: 1,
      expected: counts,
      actual: counts,
      distribution: { [FIRST.id]: { name: FIRST.name, l2_count: 1, l3_count: 1 } },
      faults: ["two agents have the number 2"],
    },
    "/api/agents": { agents: [FIRST], meta: {}, total: 1, faults: [] },
    "/api/knowledge/stats": statsOf(),
  };
  const family = {
    [FIRST.id]: [FIRST, null, [SECOND]],
    [SECOND.id]: [SECOND, FIRST, [THIRD]],
    [THIRD.id]: [THIRD, SECOND, []],
  };
  for (const [id, [agent, parent, children]] of Object.entries(family)) {
    answers[`/api/agents/${id}/hierarchy`] = { agent, parent, children };
    answers[`/api/agents/${id}/knowledge`] = { agent_id: id, total_files: 0, files: [] };
  }
  return openDashboard(address, { services: [], get: (path) => answers[path] });
}

it("opens the tree level by level, also by keys", async () => {
  await open("/ui/agents");
  const tree = await screen.findByRole("list", { name: "Agents" });
  expect(tree).toHaveTextContent(/^Art director1 below4 files$/);
  await userEvent.click(within(tree).getByRole("button", { name: "Below Art director" }));
  const style = await within(tree).findByRole("link", { name: /^Style/ });
  style.focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(await within(tree).findByRole("link", { name: /^Shading/ })).toBeVisible();
  await userEvent.keyboard("{ArrowLeft}");
  expect(within(tree).queryByRole("link", { name: /^Shading/ })).toBeNull();
  expect(screen.getByText("two agents have the number 2")).toBeVisible();
});

it("opens the tree where the chosen agent is, and tells who is above it", async () => {
  await open("/ui/agents/L3.1.1.1");
  const tree = await screen.findByRole("list", { name: "Agents" });
  expect(await within(tree).findByRole("link", { name: /^Shading/ })).toHaveAttribute("aria-current", "page");
  expect(screen.getByText("Shades")).toBeVisible();
  expect(screen.getByText(/Micro-agent/)).toHaveTextContent("Micro-agent · L3.1.1.1 · below Style");
});
