import { describe, expect, it } from "vitest";
import type { HealthCheck, Probe } from "@/api/types";
import { barHeight, checkWords, probeWords, summary } from "./probing";

const probe = (seconds: number, trouble: string | null = null): Probe => ({
  at: "2026-11-21T08:00:00Z",
  ok: trouble === null,
  seconds,
  trouble,
});

const CHECK: HealthCheck = {
  kind: "http",
  target: "http://127.0.0.1:5678/healthz",
  interval: 10,
  timeout: 2,
  failures: 3,
  successes: 1,
  restart: true,
};

it("says what is asked, how often, and what comes of it", () => {
  expect(checkWords(CHECK)).toBe(
    "Every 10 s it asks http://127.0.0.1:5678/healthz for an answer below 400, within 2 s. Unhealthy after 3 bad answers in a row, healthy after one good answer. Unhealthy after it was healthy, it is restarted.",
  );
  expect(checkWords({ ...CHECK, kind: "tcp", target: "port 80", interval: 90, restart: false })).toMatch(
    /^Every 1m 30s it connects to port 80, .*It is never restarted for it\.$/,
  );
});

describe("the summary", () => {
  it("counts what went well, and takes times from good answers only", () => {
    expect(summary([probe(0.02), probe(9, "no answer"), probe(0.04), probe(0.03)])).toEqual({
      good: 3,
      all: 4,
      median: 0.03,
      slowest: 0.04,
    });
  });

  it("of nothing is nothing", () => {
    expect(summary([])).toEqual({ good: 0, all: 0, median: null, slowest: null });
  });
});

it("makes slower answers higher bars, and bad ones the highest", () => {
  const heights = [probe(0.003), probe(0.05), probe(0.8), probe(0.001, "refused")].map(barHeight);
  expect(heights).toEqual([...heights].sort((a, b) => a - b));
  expect(heights.at(-1)).toBe(1);
});

it("tells a probe in words", () => {
  expect(probeWords(probe(0.0343))).toBe("well, 34 ms");
  expect(probeWords(probe(2, "no answer within 2 s"))).toBe("no answer within 2 s, 2.0 s");
});
