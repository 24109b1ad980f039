/**
 * The part of the journal that is in memory: one unbroken window of it, the newest event first.
 *
 * At the newest end it grows by what is told; while someone reads further down (`hold`) that only waits. A window that
 * has no room for what waits loses the newest end, and begins anew when the reader returns to it.
 */
import type { Event } from "@/api/types";

/** A page between two places of the order, both exclusive: the newest first, or with `since` the oldest first. */
export type ReadPage = (
  bounds: { before?: number; since?: number; limit: number },
  signal: AbortSignal,
) => Promise<{ events: Event[]; next: number | null }>;

interface Source {
  read: ReadPage;
  /** Whether an event that was just told belongs here. */
  fits: (event: Event) => boolean;
  /** The place of the order to begin at; the newest end where it is not given. */
  from?: number | undefined;
}

export class Journal {
  events: readonly Event[] = [];
  /** Null until something was read. */
  error: unknown = null;
  read = false;
  reading: "older" | "newer" | "all" | null = null;
  /** The window reaches the newest end. */
  live = false;
  waiting = 0;
  revision = 0;

  private held = false;
  /** Where the pages beyond both ends of the window begin. */
  private oldest: number | null = null;
  private newest = 0;
  private told: Event[] = [];
  private asking = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly source: Source,
    private readonly most = 3_000,
  ) {}

  /** Reads the first page; at once again while no answer came. */
  open(): Promise<void> {
    return this.begin(this.source.from);
  }

  close(): void {
    this.asking.abort();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Nothing older is kept anywhere. */
  get complete(): boolean {
    return this.read && this.oldest === null;
  }

  /** What is told comes to the top, and nobody reads below. */
  get follows(): boolean {
    return this.live && !this.held;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  older(): Promise<void> {
    if (this.reading || this.oldest === null) return Promise.resolve();
    return this.ask("older", { before: this.oldest }, ({ events, next }) => {
      this.oldest = next;
      this.events = [...this.events, ...events];
      if (this.events.length > this.most) this.loseNewest();
    });
  }

  newer(): Promise<void> {
    if (this.reading || this.live) return Promise.resolve();
    return this.ask("newer", { since: this.newest }, ({ events, next }) => {
      this.live = next === null;
      this.put(events.toReversed());
      this.newest = next ?? this.newest;
      this.settle();
    });
  }

  /** While someone reads below the newest end nothing is put above. */
  hold(held: boolean): void {
    if (this.held === held) return;
    this.held = held;
    this.settle();
    this.tell();
  }

  /** Back to the newest end. A window that lost it begins anew. */
  toNewest(): Promise<void> {
    this.held = false;
    if (!this.live) return this.begin();
    this.settle();
    this.tell();
    return Promise.resolve();
  }

  /** Takes an event that was just told. */
  take(event: Event): void {
    if (!this.source.fits(event)) return;
    this.told.push(event);
    if (this.told.length > this.most) {
      this.told = [];
      this.live = false;
    }
    if (!this.follows) this.waiting += 1;
    this.settle();
    // However much is told, the page is drawn only so often.
    this.timer ??= setTimeout(() => this.tell(), FLUSH);
  }

  private begin(from?: number): Promise<void> {
    this.asking.abort();
    this.reading = null;
    return this.ask("all", from === undefined ? {} : { before: from + 1 }, ({ events, next }) => {
      this.events = events;
      this.oldest = next;
      this.newest = events[0]?.seq ?? from ?? 0;
      this.live = from === undefined;
      this.waiting = 0;
      this.settle();
    });
  }

  private async ask(
    what: "older" | "newer" | "all",
    bounds: { before?: number; since?: number },
    put: (page: { events: Event[]; next: number | null }) => void,
  ): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    this.reading = what;
    this.tell();
    try {
      const page = await this.source.read({ ...bounds, limit: PAGE }, asking.signal);
      if (asking.signal.aborted) return;
      put(page);
      this.read = true;
      this.error = null;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.error = error;
    }
    this.reading = null;
    this.tell();
  }

  /** Puts what was told on top, where the window reaches so far and nobody reads below. */
  private settle(): void {
    if (!this.follows) return;
    this.put(this.told.filter(({ seq }) => seq > this.newest).toReversed());
    this.told = [];
    this.waiting = 0;
  }

  private put(newer: Event[]): void {
    if (newer.length === 0) return;
    this.newest = newer[0]?.seq ?? this.newest;
    this.events = [...newer, ...this.events];
    if (this.events.length <= this.most) return;
    this.events = this.events.slice(0, this.most);
    this.oldest = this.events.at(-1)?.seq ?? null;
  }

  private loseNewest(): void {
    this.events = this.events.slice(-this.most);
    this.newest = this.events[0]?.seq ?? 0;
    this.live = false;
  }

  private tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.revision += 1;
    for (const listener of this.listeners) listener();
  }
}

/** Milliseconds. */
const FLUSH = 100;
/** Events. */
const PAGE = 100;
