/**
 * A line chart over a range of time. Charts of one group share the cursor: all tell of the same moment.
 *
 * Lines start at zero, gaps stay gaps, and a tick only hands over new columns: nothing is built anew. Where a point
 * stands for many samples, a band reaches from the least to the most of them.
 */
import { useComputedColorScheme } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { pointTime, tickWords } from "./axis";
import classes from "./Chart.module.css";

/** A null is a gap; where undefined stands another line of the chart has a point, and this one goes on. */
export type Values = readonly (number | null | undefined)[];

export interface Series {
  label: string;
  values: Values;
  /** The least and the most of the samples behind each value. */
  low?: Values | undefined;
  high?: Values | undefined;
  filled?: boolean;
}

/** From and to, epoch seconds. */
export type Range = readonly [number, number];

interface ChartProps {
  title: string;
  /** Charts with the same name show the same moment. */
  group: string;
  /** What is shown. */
  range: Range;
  /** A person has drawn over a part of it, or wants all again (null). */
  onZoom: (range: Range | null) => void;
  /** Epoch seconds. */
  time: readonly number[];
  series: readonly Series[];
  format: (value: number | null) => string;
  /** Top of the scale; follows the data when not given. */
  most?: number | undefined;
  aside?: ReactNode;
}

/** More lines than this have no legend: it would be longer than the chart. */
const LEGEND = 8;
/** A drag of fewer pixels is a click that slipped. */
const LEAST_DRAG = 6;

export function Chart(props: ChartProps) {
  const { title, aside, series } = props;
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme();
  const labels = series.map((one) => `${one.label}${one.low ? " with a band" : ""}`).join("\n");

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme or other lines need another plot
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(options(latest, element), columns(latest.current), element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize(sizeOf(element)));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [scheme, labels]);

  useEffect(() => {
    plot.current?.setData(columns(props));
  });

  return (
    <section className={`panel ${classes.chart}`} aria-label={`${title}, chart`}>
      <div className={classes.head}>
        <h2>{title}</h2>
        <div className="grow" />
        {aside}
      </div>
      <div ref={box} className={classes.plot} data-legend={legendLines(series)} />
    </section>
  );
}

/** How many lines the legend may need: they are kept free, so that nothing moves with the pointer. */
function legendLines(series: readonly Series[]): number {
  if (series.length > LEGEND) return 0;
  return series.length > 1 && series.some(({ low }) => low) ? 2 : 1;
}

/** Of each line its values and, where it has a band, the edges of it. */
function columns({ time, series }: ChartProps): uPlot.AlignedData {
  const values = series.flatMap(({ values, low, high }) => (low && high ? [values, low, high] : [values]));
  return [time, ...values] as uPlot.AlignedData;
}

/** As wide as there is room, and as high as the style sheet says. */
function sizeOf(element: HTMLElement): { width: number; height: number } {
  const height = Number.parseFloat(getComputedStyle(element).getPropertyValue("--plot"));
  return { width: element.clientWidth, height };
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

type Latest = { current: ChartProps };

function options(latest: Latest, element: HTMLElement): uPlot.Options {
  const { group, series, format } = latest.current;
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${colour("--font")}`,
  };
  return {
    ...sizeOf(element),
    padding: [8, 22, 0, 0],
    legend: { show: series.length <= LEGEND, live: true },
    cursor: {
      sync: { key: group, setSeries: false, filters: { pub: isMove } },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      dataIdx: (plot, _, index, at) => nearby(plot, index, at),
      bind: { dblclick: () => () => zoomOut(latest) },
    },
    scales: {
      x: { time: true, range: () => [...latest.current.range] },
      y: { range: (_, __, high) => [0, latest.current.most ?? Math.max(1, (high ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, space: 70, size: 26, values: (_, ticks) => tickWords(ticks, spanOf(latest)) },
      {
        ...axis,
        size: 66,
        space: 34,
        values: (_, ticks) => ticks.map((tick) => format(tick).replace(".0 ", " ")),
      },
    ],
    series: [
      {
        label: "Time",
        value: (plot, at) =>
          at === null
            ? isPointed(plot)
              ? NOTHING
              : endWords(latest.current)
            : pointTime(at, spanOf(latest)),
      },
      ...lines(latest),
    ],
    bands: bands(series),
    hooks: { setSelect: [(plot) => zoomIn(plot, latest)] },
  };
}

const spanOf = ({ current: { range } }: Latest) => range[1] - range[0];

/** The others follow the pointer, and nothing else that is done to one. */
function isMove(type: string): boolean {
  return type === "mousemove" || type === "mouseleave";
}

function zoomIn(plot: uPlot, { current }: Latest): void {
  const { left, width } = plot.select;
  if (width < LEAST_DRAG) return;
  const range: Range = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  current.onZoom(range);
}

function zoomOut({ current }: Latest): null {
  current.onZoom(null);
  return null;
}

const NOTHING = "–";

/** Whether the pointer is over it, or over another of its group. */
const isPointed = ({ cursor }: uPlot) => (cursor.left ?? -1) >= 0;

/** This share of the width lies at most between the pointer and a point that it tells of: elsewhere is nothing. */
const REACH = 0.02;

function nearby(plot: uPlot, index: number, at: number): number | null {
  const time = plot.data[0][index];
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  if (time === undefined || min === null || max === null) return null;
  return Math.abs(time - at) <= (max - min) * REACH ? index : null;
}

/** Seconds within which the last value is that of now. */
const RECENT = 10;

function endWords({ time, range }: ChartProps): string {
  const last = time.at(-1);
  if (last === undefined || Date.now() / 1000 - last < RECENT) return "now";
  return pointTime(last, range[1] - range[0]);
}

function lines(latest: Latest): uPlot.Series[] {
  return latest.current.series.flatMap((one, index) => {
    const line = mainLine(one, index, latest);
    return one.low && one.high ? [line, EDGE, EDGE] : [line];
  });
}

/** Not drawn itself, but the band between two of them is. */
const EDGE: uPlot.Series = { class: "edge", stroke: "transparent", width: 0, points: { show: false } };

function mainLine(one: Series, index: number, latest: Latest): uPlot.Series {
  const stroke = stroked(index);
  return {
    label: one.label,
    stroke,
    width: 1.5,
    // A line needs two points: one alone is a dot.
    points: { show: (plot) => plot.data[0].length === 1 },
    spanGaps: false,
    ...(one.filled ? { fill: `${stroke}22` } : {}),
    value: (plot, _, __, at) =>
      at === null && isPointed(plot) ? NOTHING : valueWords(latest.current, index, at),
  };
}

const stroked = (index: number) => colour(`--chart-${(index % 6) + 1}`);

function bands(series: readonly Series[]): uPlot.Band[] {
  const found: uPlot.Band[] = [];
  let column = 1;
  for (const [index, { low, high }] of series.entries()) {
    if (low && high) found.push({ series: [column + 2, column + 1], fill: `${stroked(index)}33` });
    column += low && high ? 3 : 1;
  }
  return found;
}

/** The value under the cursor, else the last one; and what it lay between where that says more. */
function valueWords({ series, format }: ChartProps, index: number, pointed: number | null): string {
  const one = series[index];
  const at = pointed ?? (one?.values.length ?? 0) - 1;
  const words = format(one?.values[at] ?? null);
  const [low, high] = [one?.low?.[at], one?.high?.[at]];
  if (low == null || high == null || format(low) === format(high)) return words;
  return `${words} (${format(low)} – ${format(high)})`;
}
