import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { KnowledgeStats } from "@/api/types";
import { openDashboard } from "@/test/daemon";
import { creatorOf, foundFile, statsOf } from "@/test/knowledge";

function open(address: string, stats: Partial<KnowledgeStats> = {}) {
  const { score: _, match_count: __, preview: ___, line: ____, snippets: _____, ...file } = foundFile();
  const answers: Record<string, unknown> = {
    "/api/knowledge/stats": statsOf(stats),
    "/api/knowledge/creators": { total: 1, creators: [creatorOf("instasd")], priority_tiers: {}, faults: [] },
    "/api/knowledge/files": { total: 1, limit: 30, offset: 0, files: [file] },
    "/api/knowledge/search": { query: "weights", total_matches: 1, results: [foundFile()] },
  };
  return openDashboard(address, { services: [], get: (path) => answers[path] });
}

it("says what to declare where there is no root", async () => {
  await open("/ui/knowledge", { roots: [], total_files: 0 });
  expect(await screen.findByText("knowledge: {roots: [~/notes]}")).toBeVisible();
});

it("lists files without words, and finds lines with them", async () => {
  await open("/ui/knowledge");
  const list = await screen.findByRole("list", { name: "Files" });
  expect(within(list).getByRole("link", { name: "Bones" })).toHaveAttribute(
    "href",
    "/ui/knowledge/files/6a0e2f4c9b1d3e5f7081",
  );
  await userEvent.type(screen.getByRole("textbox", { name: "Search the knowledge base" }), "weights");
  const found = await screen.findByRole("list", { name: "Found files" });
  expect(within(found).getByText("weights").tagName).toBe("MARK");
  for (const name of ["Bones", "Line 7 weights of bones"])
    expect(within(found).getByRole("link", { name })).toHaveAttribute(
      "href",
      "/ui/knowledge/files/6a0e2f4c9b1d3e5f7081?q=weights&line=7",
    );
  expect(window.location.search).toBe("?q=weights");
});

it("keeps what it is narrowed to in the address, and takes it away again", async () => {
  await open("/ui/knowledge?type=markdown");
  const type = await screen.findByRole("button", { name: "Markdown 2" });
  expect(type).toHaveAttribute("aria-pressed", "true");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Agent" }), "art-director");
  await waitFor(() => expect(window.location.search).toBe("?type=markdown&agent=art-director"));
  await userEvent.click(screen.getByRole("button", { name: "agent: art-director" }));
  await waitFor(() => expect(window.location.search).toBe("?type=markdown"));
});

it("shows how far a scan is", async () => {
  const scan = { id: 1, status: "running", progress: 0.42, queued_at: "2026-11-21T08:00:00Z" };
  await open("/ui/knowledge", { scan: { ...scan, started_at: "2026-11-21T08:00:00Z" } });
  expect(await screen.findByRole("progressbar", { name: "Progress of the scan" })).toHaveAttribute(
    "aria-valuenow",
    "42",
  );
});

it("says in the daemon's own words why it cannot tell", async () => {
  await openDashboard("/ui/knowledge", { services: [] });
  expect(await screen.findByRole("alert")).toHaveTextContent("nothing at /api/knowledge/stats");
});
