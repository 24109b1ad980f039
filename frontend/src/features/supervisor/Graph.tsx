/**
 * What needs what: each service to the right of what it needs, live, and why one waits.
 *
 * The drawing is a list, in the order in which the services start; on a narrow screen, and for a screen reader, it is
 * read as one.
 */
import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, memo, useMemo, useState } from "react";
import { configurationQuery } from "@/api/queries/definitions";
import type { ServiceView } from "@/api/types";
import { StatusShape } from "@/design/StatusMark";
import { Empty } from "@/design/states";
import { CONDITION, exitCodesOf, isMet, needsWords } from "./dependencies";
import classes from "./Graph.module.css";
import { connected, curve, type Edge, type Layout, layered, NODE, type Placed, related } from "./layers";
import { Note } from "./Note";
import { ServiceName } from "./ServiceCard";

/** Above so many edges, only those of the service in question carry their words. */
const WORDY = 40;

interface GraphProps {
  services: ServiceView[];
  /** Those that the filter lets through; what they hang together with is drawn too. */
  shown: ServiceView[];
}

export default function Graph({ services, shown }: GraphProps) {
  const kept = useMemo(() => {
    const ids = related(
      services,
      shown.map(({ id }) => id),
    );
    return services.filter(({ id }) => ids.has(id));
  }, [services, shown]);
  const tied = connected(kept);
  const alone = kept.filter((service) => !tied.includes(service));
  if (tied.length === 0) {
    return (
      <>
        <Empty title="Nothing depends on anything">
          <p>
            A service that needs another one says so with <code>depends_on: [db]</code>; it then starts after
            it.
          </p>
        </Empty>
        <Alone services={alone} />
      </>
    );
  }
  return (
    <div className={classes.graph}>
      <Drawing services={tied} matching={new Set(shown.map(({ id }) => id))} />
      <Alone services={alone} />
    </div>
  );
}

function Drawing({ services, matching }: { services: ServiceView[]; matching: ReadonlySet<string> }) {
  const layout = useLayout(services);
  const [active, setActive] = useState<string | null>(null);
  const near = useMemo(() => (active === null ? null : related(services, [active])), [active, services]);
  const byId = new Map(services.map((service) => [service.id, service]));
  return (
    <section className={classes.frame} aria-label="Dependencies, in the order in which the services start">
      <div
        className={classes.sheet}
        style={pixels({ width: layout.width, height: layout.height, across: NODE.width })}
        onPointerLeave={() => setActive(null)}
      >
        <Edges layout={layout} byId={byId} active={active} near={near} />
        <ol>
          {layout.nodes.map((placed) => {
            const service = byId.get(placed.id);
            if (!service) return null;
            return (
              <Node
                key={placed.id}
                service={service}
                placed={placed}
                aside={!matching.has(placed.id)}
                faint={near !== null && !near.has(placed.id)}
                point={setActive}
              />
            );
          })}
        </ol>
      </div>
    </section>
  );
}

/** Computed anew only when a service or a dependency comes or goes. */
function useLayout(services: ServiceView[]): Layout {
  const shape = JSON.stringify(services.map(({ id, depends_on }) => ({ id, depends_on })));
  return useMemo(() => layered(JSON.parse(shape) as Pick<ServiceView, "id" | "depends_on">[]), [shape]);
}

/** Sizes as variables of the style sheet, which a narrow screen then leaves out of account. */
const pixels = (sizes: Record<string, number>): CSSProperties =>
  Object.fromEntries(Object.entries(sizes).map(([name, size]) => [`--${name}`, `${size}px`]));

interface NodeProps {
  service: ServiceView;
  placed: Placed;
  aside: boolean;
  faint: boolean;
  point: (id: string | null) => void;
}

const Node = memo(function Node({ service, placed, aside, faint, point }: NodeProps) {
  const { id, name, status, depends_on } = service;
  return (
    <li
      className={classes.node}
      data-service={id}
      data-status={status}
      data-aside={aside || undefined}
      data-faint={faint || undefined}
      style={pixels({ x: placed.x, y: placed.y, down: placed.height })}
      onPointerEnter={() => point(id)}
      onFocus={() => point(id)}
      onBlur={() => point(null)}
    >
      <div className={classes.head}>
        <StatusShape status={status} size={13} />
        <span className={classes.name}>
          <ServiceName id={id} name={name} />
        </span>
        <span className={classes.word}>{status}</span>
      </div>
      <Note service={service} />
      {depends_on.length > 0 && <p className={classes.needs}>Needs {needsWords(depends_on)}</p>}
    </li>
  );
});

interface EdgesProps {
  layout: Layout;
  byId: ReadonlyMap<string, ServiceView>;
  active: string | null;
  near: ReadonlySet<string> | null;
}

function Edges({ layout, byId, active, near }: EdgesProps) {
  const definitions = useQuery(configurationQuery).data?.services ?? {};
  const wordy = layout.edges.length <= WORDY;
  return (
    <svg className={classes.edges} width={layout.width} height={layout.height} aria-hidden="true">
      {layout.edges.map((edge) => {
        const other = byId.get(edge.from);
        const met = other !== undefined && isMet(edge.condition, other, exitCodesOf(definitions, edge.from));
        const own = active === edge.from || active === edge.to;
        return (
          <Arrow
            key={`${edge.from} → ${edge.to}`}
            edge={edge}
            met={met}
            own={own}
            faint={near !== null && !(near.has(edge.from) && near.has(edge.to))}
            worded={own || wordy}
          />
        );
      })}
    </svg>
  );
}

interface ArrowProps {
  edge: Edge;
  met: boolean;
  own: boolean;
  faint: boolean;
  worded: boolean;
}

const Arrow = memo(function Arrow({ edge, met, own, faint, worded }: ArrowProps) {
  const end = edge.points.at(-1) ?? { x: 0, y: 0 };
  return (
    <g className={classes.edge} data-met={met} data-own={own || undefined} data-faint={faint || undefined}>
      <path d={curve(edge.points)} />
      <path className={classes.tip} d={`M${end.x - 7} ${end.y - 4}L${end.x} ${end.y}l-7 4z`} />
      {worded && (
        <text x={end.x - 12} y={end.y - 5} textAnchor="end">
          {CONDITION[edge.condition]}
        </text>
      )}
    </g>
  );
});

function Alone({ services }: { services: ServiceView[] }) {
  if (services.length === 0) return null;
  return (
    <section aria-label="On their own">
      <h2 className={classes.title}>On their own</h2>
      <ul className={classes.alone}>
        {services.map(({ id, name, status }) => (
          <li key={id} className={classes.single} data-service={id}>
            <StatusShape status={status} size={12} />
            <span className={classes.name}>
              <ServiceName id={id} name={name} />
            </span>
            <span className={classes.word}>{status}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
