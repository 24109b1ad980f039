import { describe, expect, it } from "vitest";
import type { Event } from "@/api/types";
import { Journal, type ReadPage } from "./journal";

const event = (seq: number): Event => ({
  id: String(seq),
  seq,
  at: "2026-11-21T08:00:00Z",
  area: "supervisor",
  type: "service.started",
  version: 1,
  subject: "demo",
  actor: "local",
  host: "box",
  cause: null,
  payload: {},
  stored: true,
});

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Pages of ten events of a journal that has those up to `last`. */
const told = (last: { seq: number }): ReadPage => {
  return async ({ before, since }) => {
    if (since !== undefined) {
      const found = range(since + 1, Math.min(since + 10, last.seq));
      return { events: found.map(event), next: since + 10 < last.seq ? since + 10 : null };
    }
    const top = (before ?? last.seq + 1) - 1;
    const found = range(Math.max(1, top - 9), top).toReversed();
    return { events: found.map(event), next: top > 10 ? top - 9 : null };
  };
};

const seqs = ({ events }: Journal) => events.map(({ seq }) => seq);
const between = (newest: number, oldest: number) => range(oldest, newest).toReversed();

describe("a journal", () => {
  it("begins at its newest end and goes back to its oldest", async () => {
    const journal = new Journal({ read: told({ seq: 25 }), fits: () => true });
    await journal.open();
    expect(seqs(journal)).toEqual(between(25, 16));
    expect(journal.complete).toBe(false);
    await journal.older();
    await journal.older();
    expect(seqs(journal)).toEqual(between(25, 1));
    expect(journal.complete).toBe(true);
  });

  it("puts what is told on top, once, and only what fits", async () => {
    const journal = new Journal({ read: told({ seq: 12 }), fits: ({ seq }) => seq !== 14 });
    const opened = journal.open();
    for (const seq of [12, 13, 14]) journal.take(event(seq));
    await opened;
    expect(seqs(journal)).toEqual(between(13, 3));
  });

  it("lets what is told wait while someone reads further down", async () => {
    const journal = new Journal({ read: told({ seq: 12 }), fits: () => true });
    await journal.open();
    journal.hold(true);
    journal.take(event(13));
    expect(journal.waiting).toBe(1);
    expect(seqs(journal)[0]).toBe(12);
    await journal.toNewest();
    expect(journal.waiting).toBe(0);
    expect(seqs(journal)[0]).toBe(13);
  });

  it("begins round an event, and goes up to the newest end from there", async () => {
    const last = { seq: 40 };
    const journal = new Journal({ read: told(last), fits: () => true, from: 25 });
    await journal.open();
    expect(seqs(journal)).toEqual(between(25, 16));
    expect(journal.live).toBe(false);
    await journal.newer();
    last.seq = 41;
    journal.take(event(41));
    expect(journal.live).toBe(false);
    await journal.newer();
    expect(journal.live).toBe(true);
    expect(seqs(journal)).toEqual(between(41, 16));
  });

  it("goes on from where a page without any event ended", async () => {
    const asked: unknown[] = [];
    const pages = [
      { events: [], next: 500 },
      { events: [event(7)], next: null },
    ];
    const journal = new Journal({
      fits: () => true,
      read: async ({ limit: _, ...bounds }) => {
        asked.push(bounds);
        return pages.shift() ?? { events: [], next: null };
      },
    });
    await journal.open();
    expect(journal.complete).toBe(false);
    await journal.older();
    expect(asked).toEqual([{}, { before: 500 }]);
    expect(seqs(journal)).toEqual([7]);
    expect(journal.complete).toBe(true);
  });

  it("keeps no more than it has room for, and finds again what it lost", async () => {
    const last = { seq: 60 };
    const journal = new Journal({ read: told(last), fits: () => true }, 20);
    await journal.open();
    await journal.older();
    await journal.older();
    expect(seqs(journal)).toEqual(between(50, 31));
    expect(journal.live).toBe(false);
    await journal.newer();
    expect(seqs(journal)).toEqual(between(60, 41));
    expect(journal.live).toBe(true);
    journal.take(event(61));
    expect(seqs(journal)).toEqual(between(61, 42));
    await journal.older();
    expect(seqs(journal)).toEqual(between(51, 32));
  });

  it("loses no event when more was told than it has room for while it waited", async () => {
    const last = { seq: 12 };
    const journal = new Journal({ read: told(last), fits: () => true }, 10);
    await journal.open();
    journal.hold(true);
    for (last.seq = 13; last.seq < 30; last.seq += 1) journal.take(event(last.seq));
    last.seq = 29;
    expect(journal.waiting).toBe(17);
    expect(journal.live).toBe(false);
    await journal.toNewest();
    expect(seqs(journal)).toEqual(between(29, 20));
    expect(journal.live).toBe(true);
  });

  it("says what went wrong, keeps what it has, and goes on", async () => {
    let broken = true;
    const read = told({ seq: 25 });
    const journal = new Journal({
      fits: () => true,
      read: (bounds, signal) =>
        broken && bounds.before ? Promise.reject(new Error("no answer")) : read(bounds, signal),
    });
    await journal.open();
    await journal.older();
    expect(journal.error).toEqual(new Error("no answer"));
    expect(seqs(journal)).toHaveLength(10);
    broken = false;
    await journal.older();
    expect(journal.error).toBeNull();
    expect(seqs(journal)).toHaveLength(20);
  });
});
