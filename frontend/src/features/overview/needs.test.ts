import { describe, expect, it } from "vitest";
import { withoutFigures } from "@/api/queries/supervisor";
import type { Alert, Budget, Check, Configuration, ServiceView } from "@/api/types";
import { service } from "@/test/service";
import { type Known, needs, standing, verdict } from "./needs";

const one = (differences: Parameters<typeof service>[0]): ServiceView => withoutFigures(service(differences));
const nothing: Known = { services: [], alerts: [], configuration: undefined, budgets: [], checks: [] };
const configuration = (differences: Partial<Configuration>): Configuration => ({
  path: "/home/me/control-center.yaml",
  state: "in_force",
  applied_at: null,
  changed_at: "2026-11-21T08:00:00Z",
  services: {},
  faults: [],
  ...differences,
});
const fault = { path: "services.x", line: 3, column: 1, excerpt: "", hint: "", message: "no such program" };
const budget = (state: Budget["state"]): Budget => ({
  id: "daily",
  service: null,
  provider: null,
  model: null,
  per: "day",
  soft: 1,
  hard: 5,
  spent: 2,
  state,
  since: "2026-11-21T00:00:00Z",
  resets_at: "2026-11-22T00:00:00Z",
  unknown_calls: 0,
});
const check = (id: string, status: Check["status"]): Check => ({
  id,
  status,
  title: id,
  what: "",
  why: "",
  fix: "",
});
const alert = (differences: Partial<Alert>): Alert => ({
  id: 1,
  rule: "low-disk",
  kind: "metric",
  severity: "critical",
  subject: "disk",
  service: null,
  state: "firing",
  value: 97,
  unit: "percent",
  summary: "disk is above 95 %",
  reason: null,
  since: "2026-11-21T08:00:00Z",
  fired_at: "2026-11-21T08:00:00Z",
  resolved_at: null,
  told_at: null,
  silenced_until: null,
  silenced_by: null,
  maintenance: null,
  ...differences,
});
const severities = (known: Partial<Known>) => needs({ ...nothing, ...known }).map(({ severity }) => severity);

describe("needs", () => {
  it("is nothing where services run, rest or have done their work", () => {
    const services = [
      one({ status: "running", health: "healthy" }),
      one({ status: "stopped" }),
      one({ status: "exited" }),
      one({ status: "starting" }),
    ];
    expect(needs({ ...nothing, services })).toEqual([]);
  });

  it("has what failed before what is tried again", () => {
    const services = [
      one({ id: "a", status: "backoff" }),
      one({ id: "b", status: "failed", reason: "exit code 3" }),
    ];
    expect(needs({ ...nothing, services }).map(({ id, why }) => [id, why])).toEqual([
      ["service b", "exit code 3"],
      ["service a", null],
    ]);
  });

  it("counts health only while it runs", () => {
    expect(severities({ services: [one({ status: "running", health: "unhealthy" })] })).toEqual(["error"]);
    expect(severities({ services: [one({ status: "stopped", health: "unhealthy" })] })).toEqual([]);
  });

  it("tells of a newer definition where nothing worse is told of that service", () => {
    expect(severities({ services: [one({ status: "running", definition: "changed" })] })).toEqual([
      "warning",
    ]);
    expect(severities({ services: [one({ status: "failed", definition: "changed" })] })).toEqual(["error"]);
  });

  it("tells of the file once, with its first fault", () => {
    const faults = [
      { ...fault, severity: "warning" as const },
      { ...fault, line: 9, severity: "error" as const },
    ];
    const [only, ...others] = needs({
      ...nothing,
      configuration: configuration({ state: "faulty", faults }),
    });
    expect(only).toMatchObject({ severity: "error", why: "Line 9: no such program" });
    expect(others).toEqual([]);
    expect(severities({ configuration: configuration({}) })).toEqual([]);
  });

  it("takes what fires by its severity, and leaves what is only worth knowing", () => {
    const alerts = (["warning", "info", "critical"] as const).map((severity, id) => alert({ id, severity }));
    expect(severities({ alerts })).toEqual(["error", "warning"]);
  });

  it("says how a measurement is now, beside what was told when it fired", () => {
    const why = (differences: Partial<Alert>) => needs({ ...nothing, alerts: [alert(differences)] })[0]?.why;
    expect(why({ value: 98.44 })).toBe("Alert low-disk, of disk, now 98.4 %");
    expect(why({ subject: "low-disk", value: null })).toBe("Alert low-disk");
    expect(why({ kind: "log", unit: null, value: 3 })).toBe("Alert low-disk, of disk");
  });

  it("tells the state of a service once, though an alert tells it too", () => {
    const services = [one({ id: "web", status: "failed" })];
    const alerts = [alert({ kind: "state", service: "web" }), alert({ id: 2, kind: "log", service: "web" })];
    expect(needs({ ...nothing, services, alerts }).map(({ id }) => id)).toEqual(["service web", "alert 2"]);
  });

  it("leaves what a check says of definitions to the file", () => {
    const told = [check("paths.x", "error"), check("configuration.1", "error")];
    const checks = [...told, check("disk.data", "error"), check("limits", "warning")];
    expect(needs({ ...nothing, checks }).map(({ id }) => id)).toEqual(["check disk.data"]);
  });

  it("tells of a budget once it says something", () => {
    expect(severities({ budgets: [budget("within")] })).toEqual([]);
    expect(severities({ budgets: [budget("soft"), budget("hard")] })).toEqual(["error", "warning"]);
  });
});

describe("verdict", () => {
  const found = needs({ ...nothing, services: [one({ status: "failed" })], budgets: [budget("soft")] });

  it("says how many things are wrong, and how many are to look at", () => {
    expect(verdict(found, true, false)).toEqual({ level: "error", words: "1 thing is wrong, 1 to look at" });
    expect(verdict(found.slice(1), true, false).words).toBe("1 thing to look at");
    expect(verdict([], true, false)).toEqual({ level: "good", words: "All is well" });
  });

  it("never says that all is well while that is not known", () => {
    expect(verdict([], true, true).level).toBe("unknown");
    expect(verdict([], false, false).level).toBe("unknown");
  });
});

it("tells how services stand, the most frequent first", () => {
  expect(standing([{ status: "failed" }, { status: "running" }, { status: "running" }])).toBe(
    "2 running, 1 failed",
  );
});
