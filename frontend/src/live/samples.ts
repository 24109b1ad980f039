/**
 * The recent past of some numbers, kept in the page: one row a tick, the oldest falling out.
 *
 * A pause of more than three ticks is a gap, and is kept as one: a chart must not draw a line through it.
 */

export interface Columns {
  /** Seconds since the epoch. */
  time: number[];
  values: (number | null)[][];
}

export class SampleWindow {
  private time: number[] = [];
  private values: (number | null)[][] = [];
  /** Grows with every sample: charts redraw when it does. */
  revision = 0;

  constructor(
    private readonly capacity: number,
    private readonly gapAfter = 8,
  ) {}

  /** `at` in seconds. A row of another width than before starts afresh: the machine has changed. */
  add(at: number, row: (number | null)[]): void {
    const last = this.time.at(-1);
    if (last !== undefined && at <= last) return;
    if (this.values.length !== row.length) this.clear(row.length);
    else if (last !== undefined && at - last > this.gapAfter)
      this.push(last + 0.001, new Array(row.length).fill(null));
    this.push(at, row);
    this.revision += 1;
  }

  /** With columns of nothing beside those there are. */
  widen(width: number): void {
    while (this.values.length < width) this.values.push(new Array(this.time.length).fill(null));
  }

  /** Seconds; undefined while there is none. */
  get first(): number | undefined {
    return this.time[0];
  }

  get length(): number {
    return this.time.length;
  }

  /** The columns since `from` (seconds). */
  since(from: number): Columns {
    let first = 0;
    while (first < this.time.length && (this.time[first] ?? 0) < from) first += 1;
    return { time: this.time.slice(first), values: this.values.map((column) => column.slice(first)) };
  }

  /** The last `amount` values of a column. */
  tail(column: number, amount: number): (number | null)[] {
    return this.values[column]?.slice(-amount) ?? [];
  }

  private clear(width: number): void {
    this.time = [];
    this.values = Array.from({ length: width }, () => []);
  }

  private push(at: number, row: (number | null)[]): void {
    this.time.push(at);
    for (const [index, value] of row.entries()) this.values[index]?.push(value);
    if (this.time.length > this.capacity + this.capacity / 10) this.cut();
  }

  private cut(): void {
    this.time = this.time.slice(-this.capacity);
    this.values = this.values.map((column) => column.slice(-this.capacity));
  }
}

/** More names than these have come and gone: what is no more is forgotten with all else. */
const MOST_NAMES = 300;

/** The recent past of numbers with names; a name may come later than others, and go. */
export class NamedWindow {
  private places = new Map<string, number>();
  private samples: SampleWindow;
  revision = 0;

  constructor(private readonly capacity: number) {
    this.samples = new SampleWindow(capacity);
  }

  /** `at` in seconds. */
  add(at: number, figures: Readonly<Record<string, number | null>>): void {
    if (this.places.size > MOST_NAMES) {
      this.places = new Map();
      this.samples = new SampleWindow(this.capacity);
    }
    for (const name of Object.keys(figures))
      if (!this.places.has(name)) this.places.set(name, this.places.size);
    this.samples.widen(this.places.size);
    this.samples.add(
      at,
      Array.from(this.places.keys(), (name) => figures[name] ?? null),
    );
    this.revision += 1;
  }

  /** The columns since `from` (seconds), each by its name. */
  since(from: number): { time: number[]; of: (name: string) => (number | null)[] } {
    const { time, values } = this.samples.since(from);
    return { time, of: (name) => values[this.places.get(name) ?? -1] ?? [] };
  }
}
