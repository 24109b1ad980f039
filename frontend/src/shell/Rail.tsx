import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { configurationQuery } from "@/api/queries/definitions";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ServiceView } from "@/api/types";
import { MoreIcon } from "@/design/icons";
import { AT_HAND, PLACES, type Place } from "./places";
import classes from "./Rail.module.css";

export function Rail() {
  const attention = useAttention();
  return (
    <nav className={classes.rail} aria-label="Places">
      <div className={classes.brand}>
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={24} height={24} />
        <span>Control Center</span>
      </div>
      <ul>
        {PLACES.map((place) => (
          <li key={place.to} className={AT_HAND.has(place.to) ? undefined : classes.behind}>
            <PlaceLink place={place} attention={attention[place.to]} />
          </li>
        ))}
        <li className={classes.more}>
          <More attention={attention} />
        </li>
      </ul>
    </nav>
  );
}

function PlaceLink({ place, attention }: { place: Place; attention: Attention | undefined }) {
  const { to, word, letter, Icon } = place;
  return (
    <Link
      to={to}
      className={classes.place}
      activeProps={{ "aria-current": "page" }}
      title={`${word} (g ${letter})`}
    >
      <Icon size={20} />
      <span className={classes.word}>{word}</span>
      <Badge attention={attention} />
    </Link>
  );
}

function Badge({ attention }: { attention: Attention | undefined }) {
  if (!attention) return null;
  return (
    <span className={classes.badge} data-kind={attention.kind}>
      {attention.count}
      <span className="unseen"> {attention.what}</span>
    </span>
  );
}

const BEHIND = PLACES.filter(({ to }) => !AT_HAND.has(to));

/** The places that the bar of a telephone has no room for; it closes when one is gone to. */
function More({ attention }: { attention: Attentions }) {
  const sheet = useRef<HTMLUListElement>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: going anywhere closes it
  useEffect(() => {
    sheet.current?.hidePopover?.();
  }, [pathname]);
  const inside = BEHIND.some(({ to }) => pathname.startsWith(to));
  const first = BEHIND.map(({ to }) => attention[to]).find(Boolean);
  return (
    <>
      <button
        type="button"
        className={classes.place}
        popoverTarget="more-places"
        data-current={inside || undefined}
      >
        <MoreIcon size={20} />
        <span className={classes.word}>More</span>
        <Badge attention={first} />
      </button>
      <ul id="more-places" ref={sheet} popover="auto" className={classes.sheet}>
        {BEHIND.map((place) => (
          <li key={place.to}>
            <PlaceLink place={place} attention={attention[place.to]} />
          </li>
        ))}
      </ul>
    </>
  );
}

type Attention = { count: number; what: string; kind: "error" | "warning" };

type Attentions = Partial<Record<Place["to"], Attention>>;

/** What in each place needs a person. */
function useAttention(): Attentions {
  const failed = useQuery({ ...servicesQuery, select: countBad }).data ?? 0;
  const faults = useQuery(configurationQuery).data?.faults ?? [];
  const errors = faults.filter((fault) => fault.severity === "error").length;
  const kind = errors > 0 ? "error" : "warning";
  return {
    ...(failed > 0 ? { "/services": { count: failed, what: "failed or unhealthy", kind: "error" } } : {}),
    ...(faults.length > 0
      ? { "/diagnostics": { count: faults.length, what: "faults in the configuration", kind } }
      : {}),
  };
}

const countBad = ({ services }: { services: ServiceView[] }) =>
  services.filter((one) => one.status === "failed" || one.health === "unhealthy").length;
