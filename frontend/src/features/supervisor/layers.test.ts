import { describe, expect, it } from "vitest";
import type { Condition } from "@/api/types";
import { connected, curve, layered, type Needing, NODE, related } from "./layers";

const needs = (id: string, ...others: string[]): Needing => ({
  id,
  depends_on: others.map((service) => ({ service, condition: "started" as Condition })),
});

const SHOP = [
  needs("db"),
  needs("cache"),
  needs("api", "db", "cache"),
  needs("web", "api", "db"),
  needs("lone"),
];

const columns = (services: Needing[]) =>
  Object.fromEntries(layered(services).nodes.map(({ id, column }) => [id, column]));

describe("layered", () => {
  it("puts each service to the right of all that it needs", () => {
    expect(columns(SHOP)).toEqual({ db: 0, cache: 0, api: 1, web: 2, lone: 0 });
  });

  it("lets no two services overlap, and no edge lead through a service", () => {
    const { nodes, edges } = layered(SHOP);
    for (const one of nodes)
      for (const other of nodes)
        if (one !== other && one.x === other.x)
          expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(NODE.height);
    const long = edges.find(({ from, to }) => from === "db" && to === "web");
    const api = nodes.find(({ id }) => id === "api");
    const bend = long?.points.find(({ x }) => x === api?.x);
    expect(bend).toBeDefined();
    expect(bend && api && (bend.y < api.y || bend.y > api.y + NODE.height)).toBe(true);
  });

  it("begins edges at the right side of what is needed and ends them at the left of what needs it", () => {
    const { nodes, edges } = layered(SHOP);
    const at = (id: string) => nodes.find((node) => node.id === id) as (typeof nodes)[number];
    for (const { from, to, points } of edges) {
      expect(points[0]?.x).toBe(at(from).x + NODE.width);
      expect(points.at(-1)?.x).toBe(at(to).x);
    }
  });

  it("untangles two pairs that would cross", () => {
    const { nodes } = layered([needs("a"), needs("b"), needs("x", "b"), needs("y", "a")]);
    const y = (id: string) => nodes.find((node) => node.id === id)?.y ?? 0;
    expect(y("a") < y("b")).toBe(y("y") < y("x"));
  });

  it("ends on a circle and on a dependency that is gone", () => {
    expect(() => layered([needs("a", "b"), needs("b", "a"), needs("c", "gone")])).not.toThrow();
  });

  it("is quick enough for hundreds", () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      needs(`s${i}`, ...(i ? [...new Set([`s${i >> 1}`, `s${Math.floor(i / 3)}`])] : [])),
    );
    const begun = performance.now();
    expect(layered(many).nodes).toHaveLength(300);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

it("draws only services that have to do with others", () => {
  expect(connected(SHOP).map(({ id }) => id)).toEqual(["db", "cache", "api", "web"]);
});

it("finds what a service needs and what needs it, and no siblings", () => {
  expect([...related(SHOP, ["api"])].sort()).toEqual(["api", "cache", "db", "web"]);
  expect([...related(SHOP, ["cache"])].sort()).toEqual(["api", "cache", "web"]);
});

it("draws straight where it can", () => {
  expect(
    curve([
      { x: 0, y: 5 },
      { x: 10, y: 5 },
    ]),
  ).toBe("M0 5H10");
});
