import { QueryObserver } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";
import { makeCache } from "@/api/cache";
import { configurationQuery } from "@/api/queries/definitions";
import { eventsQuery } from "@/api/queries/events";
import { servicesQuery } from "@/api/queries/supervisor";
import { statsQuery } from "@/api/queries/system";
import type { Event, SystemStats } from "@/api/types";
import { service } from "@/test/service";
import { handle, type Targets } from "./handlers";
import { NamedWindow } from "./samples";

function targets(): Targets {
  return {
    cache: makeCache(),
    system: new NamedWindow(100),
    services: new Map(),
    runs: new Map(),
    seq: null,
    told: new Set(),
    announce: vi.fn(),
  };
}

const event = (seq: number, type: string, subject: string | null = "demo"): Event => ({
  id: String(seq),
  seq,
  at: "2026-11-21T08:00:00Z",
  area: "supervisor",
  type,
  version: 1,
  subject,
  actor: "local",
  host: "box",
  cause: null,
  payload: {},
  stored: false,
});

describe("service_status", () => {
  let told = 0;
  const message = (...services: ReturnType<typeof service>[]) => ({
    type: "service_status" as const,
    timestamp: new Date(Date.UTC(2026, 10, 21) + 2000 * told++).toISOString(),
    services,
  });

  it("becomes the list, and leaves unchanged services the same objects", () => {
    const live = targets();
    handle(live, message(service({ id: "a" }), service({ id: "b" })));
    const before = live.cache.getQueryData(servicesQuery.queryKey)?.services ?? [];
    handle(live, message(service({ id: "a" }), service({ id: "b", status: "running" })));
    const after = live.cache.getQueryData(servicesQuery.queryKey)?.services ?? [];
    expect(after[0]).toBe(before[0]);
    expect(after[1]?.status).toBe("running");
  });

  it("announces changes of state and not ticks", () => {
    const live = targets();
    handle(live, message(service()));
    handle(live, message(service({ cpu_percent: 5 })));
    expect(live.announce).not.toHaveBeenCalled();
    handle(live, message(service({ status: "failed", reason: "exit code 1" })));
    expect(live.announce).toHaveBeenCalledWith("Demo failed: exit code 1");
  });

  it("keeps samples of what is there and drops those of what is gone", () => {
    const live = targets();
    handle(live, message(service({ id: "a", cpu_percent: 7 }), service({ id: "b" })));
    handle(live, message(service({ id: "a", cpu_percent: 8 })));
    expect([...live.services.keys()]).toEqual(["a"]);
    expect(live.services.get("a")?.samples.tail(0, 2)).toEqual([7, 8]);
  });
});

describe("system_stats", () => {
  it("becomes the figures of now and one more sample, also where the system tells less", () => {
    const live = targets();
    const stats: SystemStats = {
      timestamp: "2026-11-21T08:00:00Z",
      cpu: {
        usage_percent: 50,
        count: 2,
        frequency: { current: null, min: null, max: null },
        per_core: [40, 60],
      },
      memory: { total: 100, available: 40, used: 60, percent: 60, total_gb: 0, used_gb: 0, available_gb: 0 },
      swap: null,
      disk: null,
      network: null,
      disk_traffic: null,
      disks: [],
      networks: [],
      temperatures: [],
      fans: [],
      battery: null,
      gpus: [],
    };
    handle(live, { type: "system_stats", ...stats });
    expect(live.cache.getQueryData(statsQuery.queryKey)).toEqual(stats);
    const { of } = live.system.since(0);
    expect(of("memory")).toEqual([60]);
    expect(of("swap")).toEqual([null]);
    expect(of("core:1")).toEqual([60]);
  });
});

describe("event", () => {
  const page = (...events: Event[]) => ({ pages: [{ events, next: null }], pageParams: [null] });

  it("goes on top of the list of its subject, once", () => {
    const live = targets();
    live.cache.setQueryData(eventsQuery("supervisor", "demo").queryKey, page(event(1, "service.starting")));
    handle(live, { type: "event", event: event(2, "service.started") });
    handle(live, { type: "event", event: event(2, "service.started") });
    const pages = live.cache.getQueryData(eventsQuery("supervisor", "demo").queryKey)?.pages;
    expect(pages?.[0]?.events.map((one) => one.seq)).toEqual([2, 1]);
    expect(live.seq).toBe(2);
  });

  it("makes the configuration be read anew when the file was applied or refused", async () => {
    const live = targets();
    live.cache.setQueryData(configurationQuery.queryKey, {
      path: "a",
      state: "in_force",
      applied_at: null,
      changed_at: null,
      services: {},
      faults: [],
    });
    handle(live, { type: "event", event: event(3, "config.refused", null) });
    await vi.waitFor(() =>
      expect(live.cache.getQueryState(configurationQuery.queryKey)?.isInvalidated).toBe(true),
    );
  });

  it("of a kind that is not known changes nothing", () => {
    const live = targets();
    expect(() => handle(live, { type: "event", event: event(4, "moon.risen") })).not.toThrow();
  });

  it("says from where to resume once it is live", () => {
    const live = targets();
    handle(live, { type: "live", seq: 40 });
    expect(live.seq).toBe(40);
  });
});

it("ignores a message of a type that a newer daemon may send", () => {
  expect(() => handle(targets(), { type: "weather" } as never)).not.toThrow();
});

describe("live", () => {
  it("has what was read before the first event read again, once", async () => {
    const live = targets();
    const invalidate = vi.spyOn(live.cache, "invalidateQueries");
    handle(live, { type: "live", seq: 7 });
    await vi.waitFor(() => expect(invalidate).toHaveBeenCalledTimes(1));
    const { predicate } = invalidate.mock.calls[0]?.[0] ?? {};
    const asked = (queryKey: readonly unknown[]) => predicate?.({ queryKey } as never);
    expect(asked(configurationQuery.queryKey)).toBe(true);
    expect(asked(servicesQuery.queryKey)).toBe(false);
    handle(live, { type: "live", seq: 9 });
    expect(invalidate).toHaveBeenCalledTimes(1);
    expect(live.seq).toBe(9);
  });
});

describe("a fact that comes while the first answer is on its way", () => {
  it("does not let that answer pass for the new one", async () => {
    const live = targets();
    const answers = ["old", "new"];
    const queryFn = vi.fn(async ({ signal }: { signal: AbortSignal }) => {
      const answer = answers.shift();
      await new Promise((resolve) => setTimeout(resolve, 20));
      signal.throwIfAborted();
      return answer;
    });
    const stop = new QueryObserver(live.cache, { queryKey: configurationQuery.queryKey, queryFn }).subscribe(
      () => undefined,
    );
    await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(1));
    handle(live, { type: "event", event: event(1, "config.refused", null) });
    await vi.waitFor(() => expect(live.cache.getQueryData(configurationQuery.queryKey)).toBe("new"));
    stop();
  });
});
