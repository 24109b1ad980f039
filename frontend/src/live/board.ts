/**
 * The numbers of services that move at every tick: written straight into the page, and only where someone sees them.
 *
 * React draws the places once; with a hundred services, drawing their numbers too would cost it several milliseconds a
 * tick. What a service is and does is no number, and goes through the cache.
 */
import { bytes, duration, percent } from "@/design/format";
import { SPARK_SAMPLES, sparkPath } from "@/design/spark";
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

const NOTHING = "–";

export class Board {
  private readonly places = new Map<Element, Place>();
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
    for (const { element, kind } of figures) WRITERS[kind](element, known);
  }
}

const WRITERS: Record<FigureKind, (element: Element, figures: Figures | undefined) => void> = {
  cpu: (element, figures) => say(element, percent(figures?.cpu)),
  uptime: (element, figures) => say(element, duration(figures?.uptime)),
  memory: (element, figures) => {
    const words = bytes(figures?.memory);
    say(element, words);
    element.setAttribute("title", words === NOTHING ? "" : `${figures?.memory} bytes`);
  },
  spark: (element, figures) => {
    const values = figures?.samples.tail(0, SPARK_SAMPLES) ?? [];
    element.setAttribute("d", sparkPath(values));
  },
};

function say(element: Element, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}
