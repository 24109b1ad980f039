import { QueryObserver } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";
import { makeCache } from "@/api/cache";
import { activeRunsQuery, runQuery } from "@/api/queries/runs";
import type { Run } from "@/api/types";
import { run } from "@/test/run";
import { handle, type Targets } from "./handlers";
import { RUN_COLUMNS } from "./runs";
import { NamedWindow } from "./samples";

function targets(): Targets {
  return {
    cache: makeCache(),
    system: new NamedWindow(10),
    services: new Map(),
    runs: new Map(),
    seq: null,
    told: new Set(),
    announce: vi.fn(),
  };
}

let told = 0;
const message = (...runs: Run[]) => ({
  type: "runs" as const,
  timestamp: new Date(Date.UTC(2026, 10, 21) + 2000 * told++).toISOString(),
  runs,
});

const going = run({ run_id: "a", status: "running", completed_at: null, cpu_percent: 50, memory_bytes: 1e6 });

describe("runs", () => {
  it("become the list, and the page of one that is open", () => {
    const live = targets();
    live.cache.setQueryData(runQuery("a").queryKey, run({ run_id: "a", status: "queued" }));
    handle(live, message(going, run({ run_id: "b", status: "queued" })));
    expect(live.cache.getQueryData(activeRunsQuery.queryKey)).toHaveLength(2);
    expect(live.cache.getQueryData(runQuery("a").queryKey)?.status).toBe("running");
    expect(live.cache.getQueryData(runQuery("b").queryKey)).toBeUndefined();
  });

  it("ask for one again that is no longer among them", async () => {
    const live = targets();
    const ask = vi.fn(async () => run({ run_id: "a" }));
    const stop = new QueryObserver(live.cache, { ...runQuery("a"), queryFn: ask }).subscribe(() => undefined);
    const status = () => live.cache.getQueryData(runQuery("a").queryKey)?.status;
    await vi.waitFor(() => expect(status()).toBe("completed"));
    handle(live, message(going));
    expect(status()).toBe("running");
    handle(live, message());
    await vi.waitFor(() => expect(status()).toBe("completed"));
    expect(ask).toHaveBeenCalledTimes(2);
    stop();
  });

  it("leave what they use behind, as long as they run", () => {
    const live = targets();
    handle(live, message(run({ run_id: "a", status: "queued" })));
    expect(live.runs.size).toBe(0);
    handle(live, message(going));
    handle(live, message({ ...going, cpu_percent: 75 }));
    expect(live.runs.get("a")?.tail(RUN_COLUMNS.cpu, 5)).toEqual([50, 75]);
  });

  it("are forgotten from the oldest on", () => {
    const live = targets();
    for (let number = 0; number < 60; number += 1) handle(live, message({ ...going, run_id: `r${number}` }));
    expect(live.runs.size).toBe(50);
    expect(live.runs.has("r0")).toBe(false);
    expect(live.runs.has("r59")).toBe(true);
  });
});
