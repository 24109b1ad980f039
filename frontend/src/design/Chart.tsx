/**
 * A live line chart. Charts of one group share the cursor and the zoom; drag zooms, a double click shows all again.
 *
 * Lines start at zero, gaps stay gaps, and a tick only hands over new columns: nothing is built anew.
 */
import { useComputedColorScheme } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import classes from "./Chart.module.css";
import { clockTime } from "./format";

export interface Series {
  label: string;
  values: (number | null)[];
  filled?: boolean;
}

interface ChartProps {
  title: string;
  /** Charts with the same name move together. */
  group: string;
  /** Seconds that the chart spans when not zoomed. */
  span: number;
  time: number[];
  series: Series[];
  format: (value: number | null) => string;
  /** Top of the scale; follows the data when not given. */
  most?: number;
  aside?: ReactNode;
}

const HEIGHT = 190;
/** More lines than this have no legend: it would be longer than the chart. */
const LEGEND = 8;

export function Chart(props: ChartProps) {
  const { title, aside, series } = props;
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme();
  const labels = series.map((one) => one.label).join("\n");

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme or other lines need another plot
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(options(latest, element), columns(latest.current), element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      zoomed.delete(latest.current.group);
      plot.current = null;
    };
  }, [scheme, labels]);

  useEffect(() => {
    const made = plot.current;
    if (made) made.setData(columns(props), !zoomed.has(props.group));
  });

  return (
    <section className={`panel ${classes.chart}`} aria-label={`${title}, chart`}>
      <div className={classes.head}>
        <h2>{title}</h2>
        <div className="grow" />
        {aside}
      </div>
      <div ref={box} className={classes.plot} data-legend={series.length <= LEGEND || undefined} />
    </section>
  );
}

function columns({ time, series }: ChartProps): uPlot.AlignedData {
  return [time, ...series.map((one) => one.values)];
}

/** Groups of charts that a person has zoomed into: ticks leave their time range alone. */
const zoomed = new Set<string>();

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(latest: { current: ChartProps }, element: HTMLElement): uPlot.Options {
  const { group, series, format } = latest.current;
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${colour("--font")}`,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: series.length <= LEGEND, live: true },
    cursor: {
      sync: { key: group, setSeries: false, match: [() => true, () => true] },
      drag: { x: true, y: false, setScale: true },
      points: { size: 6 },
    },
    scales: {
      x: { time: true, range: (_, low, high) => timeRange(latest.current, low, high) },
      y: { range: (_, __, high) => [0, latest.current.most ?? Math.max(1, (high ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...axis,
        space: 70,
        size: 26,
        values: (_, ticks) => ticks.map((tick) => clockTime(tick * 1000).slice(0, tick % 60 === 0 ? 5 : 8)),
      },
      {
        ...axis,
        size: 66,
        space: 34,
        values: (_, ticks) => ticks.map((tick) => format(tick).replace(".0 ", " ")),
      },
    ],
    series: [
      { label: "Time", value: (_, at) => (at === null ? endWords(latest.current) : clockTime(at * 1000)) },
      ...series.map((one, index) => line(one, index, latest)),
    ],
    hooks: {
      setSelect: [(plot) => plot.select.width > 0 && zoomed.add(group)],
      // Before uPlot hears of it, which then asks for the range of all charts of the group.
      ready: [
        (plot) => plot.over.addEventListener("dblclick", () => zoomed.delete(group), { capture: true }),
      ],
    },
  };
}

/** Seconds within which the last value is that of now. */
const RECENT = 10;

function endWords({ time }: ChartProps): string {
  const last = time.at(-1);
  return last === undefined || Date.now() / 1000 - last < RECENT ? "now" : clockTime(last * 1000);
}

function timeRange({ group, span, time }: ChartProps, low: number, high: number): [number, number] {
  if (zoomed.has(group) && low !== null && high !== null) return [low, high];
  const end = time.at(-1) ?? Date.now() / 1000;
  return [end - span, end];
}

function line(one: Series, index: number, latest: { current: ChartProps }): uPlot.Series {
  const stroke = colour(`--chart-${(index % 6) + 1}`);
  return {
    label: one.label,
    stroke,
    width: 1.5,
    // A line needs two points: one alone is a dot.
    points: { show: (plot) => plot.data[0].length === 1 },
    spanGaps: false,
    ...(one.filled ? { fill: `${stroke}22` } : {}),
    value: (plot, value) => {
      const values = latest.current.series[index]?.values;
      return latest.current.format(plot.cursor.idx == null ? (values?.at(-1) ?? null) : value);
    },
  };
}
