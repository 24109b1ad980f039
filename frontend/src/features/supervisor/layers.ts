/**
 * Where the services stand in the drawing of their dependencies: in columns, each to the right of what it needs.
 *
 * Layered after Sugiyama: the longest way decides the column, edges over several columns get a bend in each, and the
 * rows follow the mean of what they hang on. Pure; sizes in pixels.
 */
import type { Condition, Dependency } from "@/api/types";

export const NODE = { width: 190, height: 70 } as const;
const COLUMN_GAP = 84;
const ROW_GAP = 14;
/** Between two arrows that end at the same service, so that their words fit. */
const ARROW_GAP = 15;
const BEND_HEIGHT = 8;
const SWEEPS = 4;

export interface Needing {
  id: string;
  depends_on: readonly Pick<Dependency, "service" | "condition">[];
}

export interface Point {
  x: number;
  y: number;
}

export interface Placed extends Point {
  id: string;
  column: number;
  height: number;
}

export interface Edge {
  from: string;
  to: string;
  condition: Condition;
  /** From the right side of what is needed to the left side of what needs it. */
  points: Point[];
}

export interface Layout {
  nodes: Placed[];
  edges: Edge[];
  width: number;
  height: number;
}

interface Slot {
  key: string;
  column: number;
  /** Null for the bend of an edge. */
  id: string | null;
  /** The slots of the column before that this one hangs on. */
  before: Slot[];
  after: Slot[];
  y: number;
}

/** The services that have to do with others; the rest stand alone and need no drawing. */
export function connected<Service extends Needing>(services: readonly Service[]): Service[] {
  const known = new Set(services.map(({ id }) => id));
  const tied = new Set<string>();
  for (const { id, depends_on } of services) {
    for (const { service } of depends_on) {
      if (!known.has(service)) continue;
      tied.add(id);
      tied.add(service);
    }
  }
  return services.filter(({ id }) => tied.has(id));
}

/** `ids` and everything that they need or that needs them, over any number of steps. */
export function related(services: readonly Needing[], ids: Iterable<string>): Set<string> {
  const needs = new Map(services.map((one) => [one.id, one.depends_on.map(({ service }) => service)]));
  const needed = new Map<string, string[]>();
  for (const [id, others] of needs)
    for (const other of others) needed.set(other, [...(needed.get(other) ?? []), id]);
  const seeds = [...ids];
  return new Set([...reached(seeds, needs), ...reached(seeds, needed)]);
}

function reached(from: readonly string[], ways: ReadonlyMap<string, string[]>): Set<string> {
  const found = new Set<string>();
  const ahead = [...from];
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    ahead.push(...(ways.get(id) ?? []));
  }
  return found;
}

export function layered(services: readonly Needing[]): Layout {
  const columns = columnsOf(services);
  const slots = new Map<string, Slot>();
  const rows: Slot[][] = [];
  const put = (key: string, column: number, id: string | null): Slot => {
    const slot: Slot = { key, column, id, before: [], after: [], y: 0 };
    slots.set(key, slot);
    rows[column] = [...(rows[column] ?? []), slot];
    return slot;
  };
  for (const { id } of services) put(id, columns.get(id) ?? 0, id);
  const ways = services.flatMap((service) =>
    service.depends_on.flatMap(({ service: other, condition }) => {
      const start = slots.get(other);
      const end = slots.get(service.id);
      return start && end ? [{ from: other, to: service.id, condition, slots: way(start, end, put) }] : [];
    }),
  );
  arrange(rows);
  const nodes = rows.flat().filter((slot) => slot.id !== null);
  return {
    nodes: nodes.map((slot) => ({
      id: slot.id as string,
      column: slot.column,
      x: left(slot.column),
      y: slot.y,
      height: heightOf(slot),
    })),
    edges: drawn(ways),
    width: Math.max(0, left(rows.length - 1) + NODE.width),
    height: Math.max(0, ...rows.flat().map((slot) => slot.y + heightOf(slot))),
  };
}

const left = (column: number) => column * (NODE.width + COLUMN_GAP);
const heightOf = (slot: Slot) =>
  slot.id === null ? BEND_HEIGHT : Math.max(NODE.height, ARROW_GAP * (slot.before.length + 1));
const middle = (slot: Slot) => slot.y + heightOf(slot) / 2;

/** The longest way from a service that needs nothing. A circle, which no good file has, is cut where it closes. */
function columnsOf(services: readonly Needing[]): Map<string, number> {
  const byId = new Map(services.map((one) => [one.id, one]));
  const columns = new Map<string, number>();
  const visit = (id: string, above: ReadonlySet<string>): number => {
    const known = columns.get(id);
    if (known !== undefined) return known;
    const path = new Set(above).add(id);
    const needs = (byId.get(id)?.depends_on ?? []).filter(
      ({ service }) => byId.has(service) && !path.has(service),
    );
    const column = needs.reduce((most, { service }) => Math.max(most, visit(service, path) + 1), 0);
    columns.set(id, column);
    return column;
  };
  for (const { id } of services) visit(id, new Set());
  return columns;
}

/** The slots that an edge goes through, with a bend put into each column that it crosses. */
function way(start: Slot, end: Slot, put: (key: string, column: number, id: null) => Slot): Slot[] {
  const slots = [start];
  for (let column = start.column + 1; column < end.column; column += 1)
    slots.push(put(`${start.key} → ${end.key} ${column}`, column, null));
  slots.push(end);
  for (const [index, slot] of slots.entries()) {
    const next = slots[index + 1];
    if (!next) break;
    slot.after.push(next);
    next.before.push(slot);
  }
  return slots;
}

/** Orders each column so that few edges cross, then gives each slot its height on the page. */
function arrange(rows: Slot[][]): void {
  const places = new Map<Slot, number>();
  const number = (column: Slot[]) => {
    for (const [index, slot] of column.entries()) places.set(slot, index);
  };
  const sort = (column: Slot[], side: "before" | "after") => {
    const wish = new Map(
      column.map((slot) => [
        slot,
        mean(
          slot[side].map((one) => places.get(one) ?? 0),
          places.get(slot) ?? 0,
        ),
      ]),
    );
    column.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
    number(column);
  };
  rows.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const column of rows.slice(1)) sort(column, "before");
    for (const column of rows.slice(0, -1).reverse()) sort(column, "after");
  }
  for (const column of rows) stack(column);
}

/** From the top down, each beside what it hangs on where there is room. */
function stack(column: Slot[]): void {
  let free = 0;
  for (const slot of column) {
    const wish = mean(slot.before.map(middle), free + heightOf(slot) / 2) - heightOf(slot) / 2;
    slot.y = Math.round(Math.max(free, wish));
    free = slot.y + heightOf(slot) + ROW_GAP;
  }
}

function mean(values: readonly number[], otherwise: number): number {
  return values.length === 0 ? otherwise : values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Way {
  from: string;
  to: string;
  condition: Condition;
  slots: Slot[];
}

/** Edges that leave or enter a service side by side are spread over its side, in the order of their other ends. */
function drawn(ways: readonly Way[]): Edge[] {
  const at = (way: Way, index: number) => way.slots.at(index) as Slot;
  const spread = (way: Way, end: 0 | -1) => {
    const slot = at(way, end);
    const beside = (one: Way) => middle(at(one, end === 0 ? 1 : -2));
    const all = ways.filter((one) => at(one, end) === slot).sort((a, b) => beside(a) - beside(b));
    return slot.y + (heightOf(slot) * (all.indexOf(way) + 1)) / (all.length + 1);
  };
  return ways.map((way) => {
    const start = { x: left(at(way, 0).column) + NODE.width, y: spread(way, 0) };
    const end = { x: left(at(way, -1).column), y: spread(way, -1) };
    const bends = way.slots.slice(1, -1).flatMap((slot) => {
      const x = left(slot.column);
      return [
        { x, y: middle(slot) },
        { x: x + NODE.width, y: middle(slot) },
      ];
    });
    return { from: way.from, to: way.to, condition: way.condition, points: [start, ...bends, end] };
  });
}

/** A soft line through the points: level at each of them. */
export function curve(points: readonly Point[]): string {
  return points.reduce((path, { x, y }, index) => {
    const last = points[index - 1];
    if (!last) return `M${x} ${y}`;
    if (last.y === y) return `${path}H${x}`;
    const half = (last.x + x) / 2;
    return `${path}C${half} ${last.y} ${half} ${y} ${x} ${y}`;
  }, "");
}
