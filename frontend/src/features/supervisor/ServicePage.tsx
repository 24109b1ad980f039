/** One service: its state and its buttons above, and below them its logs, processes, definition and history. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, Suspense, useRef } from "react";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ServiceView } from "@/api/types";
import { count } from "@/design/format";
import { PageTab, PageTabs } from "@/design/PageTabs";
import { ServiceStatus } from "@/design/StatusMark";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { UpLink } from "@/design/UpLink";
import { Coming } from "@/live/Coming";
import { useFigures, useStaleness } from "@/live/context";
import { lazyPart } from "@/parts";
import { useKeys } from "@/shell/keys";
import { useCommands, useOutcome } from "./commands";
import { Address, Fact, FigureFacts } from "./Facts";
import { HeldPort } from "./HeldPort";
import { LadderSteps, LastReceipt } from "./Ladder";
import { Refusal } from "./Refusal";
import { ServiceActions } from "./ServiceActions";
import classes from "./ServicePage.module.css";
import { SERVICE_TABS, type ServiceTab } from "./tabs";
import { restart, toggle } from "./useRowKeys";

const ServiceLog = lazyPart(() => import("./ServiceLog"));
const HealthTab = lazyPart(() => import("./HealthTab"));
const Resources = lazyPart(() => import("./Resources"));
const Definition = lazyPart(() => import("@/features/definitions/Definition"));
const ServiceCrashes = lazyPart(() => import("@/features/incidents/ServiceCrashes"));
const ServiceEvents = lazyPart(() => import("@/features/events/ServiceEvents"));

const CONTENT: Record<ServiceTab, (service: ServiceView) => ReactNode> = {
  logs: (service) => <ServiceLog key={service.id} service={service} />,
  health: (service) => <HealthTab key={service.id} service={service} />,
  resources: (service) => <Resources service={service} />,
  crashes: (service) => <ServiceCrashes key={service.id} serviceId={service.id} />,
  configuration: (service) => <Definition serviceId={service.id} />,
  events: (service) => <ServiceEvents serviceId={service.id} />,
};

const WORDS: Record<ServiceTab, string> = {
  logs: "Logs",
  health: "Health",
  resources: "Resources",
  crashes: "Crashes",
  configuration: "Configuration",
  events: "Events",
};

export function ServicePage() {
  const { id, tab } = useParams({ from: "/services/$id/$tab" });
  const { data, error, refetch } = useQuery(servicesQuery);
  const service = data?.services.find((one) => one.id === id);
  if (!data) {
    return (
      <div className="page">
        {error ? <Failure error={error} retry={() => void refetch()} /> : <Skeletons count={3} height={80} />}
      </div>
    );
  }
  if (!service) return <Unknown id={id} />;
  return <Known service={service} tab={tab} />;
}

function Unknown({ id }: { id: string }) {
  return (
    <div className="page">
      <Empty whole title={`There is no service “${id}”`} action={<Link to="/services">All services</Link>}>
        It may have been renamed or taken out of the file of definitions.
      </Empty>
    </div>
  );
}

function Known({ service, tab }: { service: ServiceView; tab: ServiceTab }) {
  useServiceKeys(service);
  return (
    <div className={`page ${classes.page}`} data-tab={tab}>
      <div className="page-head">
        <h1>
          <UpLink to="/services">Services</UpLink>
          {service.name}
        </h1>
        <ServiceStatus status={service.status} health={service.health} retry_at={service.retry_at} />
        <Address name={service.name} url={service.url} port={service.port} status={service.status} />
        <div className="grow" />
        <ServiceActions id={service.id} name={service.name} status={service.status} />
      </div>
      <Why service={service} />
      <Refusal id={service.id} port={service.port} status={service.status} since={service.since} />
      <HeldPort service={service} />
      {service.ladder && <LadderSteps ladder={service.ladder} />}
      <Numbers service={service} />
      <PageTabs label={`Parts of ${service.name}`}>
        {SERVICE_TABS.map((one) => (
          <PageTab key={one} to="/services/$id/$tab" params={{ id: service.id, tab: one }}>
            {WORDS[one]}
          </PageTab>
        ))}
      </PageTabs>
      <div className={classes.content}>
        <Suspense fallback={<Coming height={320} />}>{CONTENT[tab](service)}</Suspense>
      </div>
    </div>
  );
}

function Why({ service }: { service: ServiceView }) {
  const { outcome } = useOutcome(service.id);
  const message = outcome?.status === "success" ? outcome.result?.message : null;
  return (
    <div className={classes.why}>
      {service.reason && <p>{service.reason}</p>}
      {service.status === "stopped" && <LastReceipt id={service.id} />}
      {service.definition === "changed" && (
        <p className={classes.changed}>Its definition changed since it was started: restart it to apply.</p>
      )}
      {service.definition === "removed" && (
        <p className={classes.changed}>It is no longer in the file: it will be gone once it is stopped.</p>
      )}
      {message && message !== service.reason && (
        <p className="muted" role="status">
          {message}
        </p>
      )}
    </div>
  );
}

function Numbers({ service }: { service: ServiceView }) {
  const stale = useStaleness("services");
  const place = useRef<HTMLDListElement>(null);
  useFigures(place, service.id);
  return (
    <dl
      ref={place}
      className={`${classes.numbers} ${stale === null ? "" : "stale"}`}
      title={stale === null ? "" : `${stale} s old`}
    >
      <FigureFacts />
      <Fact name="Since" title={`${service.status} since then`}>
        {service.since === null ? "–" : <Ago at={service.since} />}
      </Fact>
      <Fact name="Process">{service.pid ?? "–"}</Fact>
      <Fact name="Restarts" title="Automatic restarts since a person last started it">
        {count(service.restarts)}
      </Fact>
      <Fact name="Last end">{service.exit_text ?? "–"}</Fact>
      <Fact name="Wanted">{service.wanted}</Fact>
    </dl>
  );
}

function useServiceKeys(service: ServiceView): void {
  const navigate = useNavigate();
  const run = useCommands();
  const open = (tab: ServiceTab) =>
    void navigate({ to: "/services/$id/$tab", params: { id: service.id, tab } });
  useKeys([
    { keys: "s", does: `Start or stop ${service.name}`, run: () => toggle(service, run) },
    { keys: "r", does: `Restart ${service.name}`, run: () => restart(service, run) },
    { keys: "l", does: "Logs", run: () => open("logs") },
    { keys: "u", does: "All services", run: () => void navigate({ to: "/services" }) },
  ]);
}
