import { act, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { openDashboard } from "@/test/daemon";
import { service } from "@/test/service";

const many = (uptime: number) =>
  Array.from({ length: 8 }, (_, index) =>
    service({
      id: `s${index}`,
      name: `Service ${index}`,
      status: "running",
      pid: index + 10,
      cpu_percent: uptime + index / 10,
      memory_bytes: 1_000_000 * (uptime + index),
      uptime_seconds: uptime,
      depends_on: [{ service: "s0", condition: "started" as const, restart: false }].slice(0, index),
    }),
  );

async function changedBy(view: string) {
  const { tell } = await openDashboard(`/ui/services${view}`, { services: many(2) });
  await screen.findByText("Service 7");
  tell(many(4));
  const changed: Node[] = [];
  const watch = new MutationObserver((records) => changed.push(...records.map(({ target }) => target)));
  const rows = document.querySelectorAll("[data-service]");
  expect(rows).toHaveLength(8);
  for (const row of rows)
    watch.observe(row, { subtree: true, childList: true, characterData: true, attributes: true });
  tell(many(6));
  await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
  watch.disconnect();
  return changed;
}

it.each(["", "?view=list", "?view=graph"])(
  "a tick changes figures of the services and nothing else: %s",
  async (view) => {
    const changed = await changedBy(view);
    const others = changed.filter(
      (node) =>
        !(node instanceof Text ? node.parentElement : (node as Element))?.closest("[data-figure], time"),
    );
    expect(others).toEqual([]);
  },
);

it("shows the figures of the last tick, and none of a service that does not run", async () => {
  const { tell } = await openDashboard("/ui/services", { services: many(2).slice(0, 1) });
  await screen.findByRole("link", { name: "Service 0" });
  tell([service({ id: "s0", cpu_percent: 12.34, memory_bytes: 1_500_000, uptime_seconds: 61 })]);
  const card = screen.getByRole("article");
  expect(card).toHaveTextContent("12.3 %");
  expect(card).toHaveTextContent("1.5 MB");
  expect(card).toHaveTextContent("1m 01s");
  expect(screen.getByText("1.5 MB")).toHaveAttribute("title", "1500000 bytes");
  tell([service({ id: "s0" })]);
  expect(card).not.toHaveTextContent("12.3 %");
});

it("begins the small lines with what was before the page was opened", async () => {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const points = Array.from({ length: 60 }, (_, index) => ({
    at: ago(120 - 2 * index),
    min: 1,
    avg: 2,
    max: 3,
  }));
  const chart = { metric: "service:s0:cpu", unit: "percent", step: 2, from: ago(121), to: ago(0), points };
  await openDashboard("/ui/services", {
    services: many(2).slice(0, 1),
    get: (path) => (path === "/api/system/history/series" ? { series: [chart] } : undefined),
  });
  const line = (await screen.findByRole("article")).querySelector("[data-figure=spark]");
  await waitFor(() => expect(line?.getAttribute("d")?.match(/L/g)).toHaveLength(59));
});
