/**
 * The numbers of services that move at every tick: written straight into the page, and only where someone sees them.
 *
 * React draws the places once; with a hundred services, drawing their numbers too would cost it several milliseconds a
 * tick. What a service is and does is no number, and goes through the cache.
 */
import type { Chart } from "@/api/types";
import { bytes, duration, percent } from "@/design/format";
import { highest, SPARK_SAMPLES, sparkPath, stepwise } from "@/design/spark";
import type { SampleWindow } from "./samples";

export interface Figures {
  /** Of one processor, and bytes, of the whole tree; null while nothing of it runs. */
  cpu: number | null;
  memory: number | null;
  /** Seconds. */
  uptime: number | null;
  samples: SampleWindow;
}

export type FigureKind = "cpu" | "memory" | "uptime" | "spark";

interface Place {
  id: string;
  figures: { element: Element; kind: FigureKind }[];
  seen: boolean;
}

type Values = readonly (number | null)[];

const NOTHING = "–";

export class Board {
  private readonly places = new Map<Element, Place>();
  /** Of services their CPU up to when the page first heard of them. */
  private earlier: ReadonlyMap<string, Values> = new Map();
  private readonly observer = new IntersectionObserver((entries) => this.moved(entries), {
    rootMargin: "120px",
  });

  constructor(private readonly figures: ReadonlyMap<string, Figures>) {}

  /** From now on the `[data-figure]` elements inside `element` show the numbers of the service. */
  add(element: Element, id: string): () => void {
    const found = [...element.querySelectorAll("[data-figure]")].map((one) => ({
      element: one,
      kind: one.getAttribute("data-figure") as FigureKind,
    }));
    const place = { id, figures: found, seen: true };
    this.places.set(element, place);
    this.observer.observe(element);
    this.write(place);
    return () => {
      this.places.delete(element);
      this.observer.unobserve(element);
    };
  }

  /** Has the small lines begin with what was before: `charts` are the past CPU of services, by their ids. */
  begin(charts: ReadonlyMap<string, Chart>): void {
    this.earlier = new Map(
      Array.from(charts, ([id, chart]) => {
        const heard = this.figures.get(id)?.samples.first ?? Number.POSITIVE_INFINITY;
        return [id, stepwise(...highest(chart), heard * 1000)];
      }),
    );
    this.writeAll();
  }

  /** Once a tick. */
  writeAll(): void {
    for (const place of this.places.values()) if (place.seen) this.write(place);
  }

  private moved(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const place = this.places.get(target);
      if (!place) continue;
      place.seen = isIntersecting;
      if (isIntersecting) this.write(place);
    }
  }

  private write({ id, figures }: Place): void {
    const known = this.figures.get(id);
    for (const { element, kind } of figures) WRITERS[kind](element, known, this.earlier.get(id));
  }
}

type Writer = (element: Element, figures: Figures | undefined, earlier: Values | undefined) => void;

const WRITERS: Record<FigureKind, Writer> = {
  cpu: (element, figures) => say(element, percent(figures?.cpu)),
  uptime: (element, figures) => say(element, duration(figures?.uptime)),
  memory: (element, figures) => {
    const words = bytes(figures?.memory);
    say(element, words);
    element.setAttribute("title", words === NOTHING ? "" : `${figures?.memory} bytes`);
  },
  spark: (element, figures, earlier = []) => {
    const heard = figures?.samples.tail(0, SPARK_SAMPLES) ?? [];
    const room = SPARK_SAMPLES - heard.length;
    element.setAttribute("d", sparkPath(room > 0 ? [...earlier.slice(-room), ...heard] : heard));
  },
};

/** Into the text that is there: a new one in its place would have to be styled anew. */
function say(element: Element, words: string): void {
  const { firstChild: text } = element;
  if (!(text instanceof Text)) element.textContent = words;
  else if (text.data !== words) text.data = words;
}
