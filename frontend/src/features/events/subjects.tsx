/** What an event happened to, as a link to its page. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { modulesQuery } from "@/api/queries/modules";
import { schedulesQuery } from "@/api/queries/schedules";
import { servicesQuery } from "@/api/queries/supervisor";
import type { Event } from "@/api/types";
import type { ServiceTab } from "@/features/supervisor/tabs";

/** Names by ids, of what events happen to. */
export interface Names {
  services: ReadonlyMap<string, string>;
  modules: ReadonlyMap<string, string>;
  schedules: ReadonlyMap<string, string>;
}

export function useNames(): Names {
  const services = useQuery(servicesQuery).data?.services ?? [];
  const modules = useQuery(modulesQuery).data?.modules ?? [];
  const schedules = useQuery(schedulesQuery).data?.schedules ?? [];
  return {
    services: new Map(services.map(({ id, name }) => [id, name])),
    modules: new Map(modules.map(({ id, name }) => [id, name])),
    schedules: new Map(schedules.map(({ id, name }) => [String(id), name])),
  };
}

/** Nothing where the words of the event name all there is. */
export function Subject({ event, names }: { event: Event; names: Names }): ReactNode {
  const { area, subject, payload } = event;
  if (subject === null) return null;
  const module = typeof payload.module_id === "string" ? payload.module_id : null;
  switch (area) {
    case "supervisor":
      return <Service id={subject} tab="events" names={names} />;
    case "incidents":
      return <Service id={subject} tab="crashes" names={names} />;
    case "runs":
      return (
        <Link to="/runs/$id/$tab" params={{ id: subject, tab: "log" }} title={subject}>
          {module === null ? "A run" : (names.modules.get(module) ?? module)}
        </Link>
      );
    case "schedules":
      return <Schedule id={subject} told={payload.name} names={names} />;
    case "modules":
      return names.modules.has(subject) ? (
        <Link to="/modules/$id" params={{ id: subject }}>
          {names.modules.get(subject)}
        </Link>
      ) : (
        subject
      );
    case "definitions":
      return <Link to="/diagnostics/configuration">{subject}</Link>;
    case "usage":
      return <Link to="/usage">Budget {subject}</Link>;
    case "alerts":
      return <Link to="/alerts/rules">{subject}</Link>;
    case "notifications":
      return <Link to="/alerts/notifications">{subject}</Link>;
    case "knowledge":
      return (
        <Link to="/knowledge/creators/$id" params={{ id: subject }}>
          {subject}
        </Link>
      );
    default:
      return subject;
  }
}

function Service({ id, tab, names }: { id: string; tab: ServiceTab; names: Names }): ReactNode {
  const name = names.services.get(id);
  if (name === undefined) return id;
  return (
    <Link to="/services/$id/$tab" params={{ id, tab }}>
      {name}
    </Link>
  );
}

/** One that is deleted has the name that the event tells. */
function Schedule({ id, told, names }: { id: string; told: unknown; names: Names }): ReactNode {
  const name = names.schedules.get(id);
  if (name === undefined) return typeof told === "string" ? told : `Schedule ${id}`;
  return (
    <Link to="/schedules/$id" params={{ id }}>
      {name}
    </Link>
  );
}
