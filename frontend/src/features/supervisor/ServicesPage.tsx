/** Every service, what it does and why, and the buttons that change it. */
import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { memo, type ReactNode, Suspense, useRef } from "react";
import { configurationQuery } from "@/api/queries/definitions";
import { servicesQuery } from "@/api/queries/supervisor";
import type { ServiceView, Status } from "@/api/types";
import { Chip, Chips } from "@/design/Chips";
import { AddIcon, CardsIcon, GraphIcon, ListIcon, SearchIcon } from "@/design/icons";
import { StatusShape } from "@/design/StatusMark";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Coming } from "@/live/Coming";
import { useStaleness } from "@/live/context";
import { lazyPart } from "@/parts";
import { type ChangesOf, toggled, withChanges } from "@/searchParameters";
import { useKeys } from "@/shell/keys";
import { allTags, isFiltering, matching, type ServiceFilter, type View } from "./filter";
import { ServiceCard } from "./ServiceCard";
import classes from "./ServicesPage.module.css";
import { ServiceTable } from "./ServiceTable";
import { STATUSES } from "./statuses";
import { useEarlier } from "./useEarlier";
import { useRowKeys } from "./useRowKeys";

const Graph = lazyPart(() => import("./Graph"));

export function ServicesPage() {
  const { data, error, refetch } = useQuery(servicesQuery);
  const filter = useSearch({ from: "/services" });
  const stale = useStaleness("services");
  const search = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  useKeys([
    { keys: "/", does: "Filter the services", run: () => search.current?.focus() },
    { keys: "a", does: "Add a service", run: () => void navigate({ to: "/services/add" }) },
  ]);
  useRowKeys(list);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Services</h1>
        <div className="grow" />
        <AddLink />
      </div>
      {data && data.count > 0 && <Filters filter={filter} input={search} />}
      {stale !== null && data && <p className="muted small">These numbers are {stale} s old.</p>}
      <div ref={list} className={stale === null ? undefined : "stale"}>
        {data ? (
          <Services services={data.services} filter={filter} />
        ) : error ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : (
          <Skeletons count={6} height={196} className={classes.cards as string} />
        )}
      </div>
    </div>
  );
}

function Services({ services, filter }: { services: ServiceView[]; filter: ServiceFilter }) {
  const navigate = useNavigate();
  if (services.length === 0) return <NoServices />;
  const shown = matching(services, filter);
  if (shown.length === 0) {
    return (
      <Empty
        title="No service matches"
        action={
          <Button variant="default" onClick={() => void navigate({ to: "/services", search: view(filter) })}>
            Show all {services.length}
          </Button>
        }
      >
        Nothing fits this filter.
      </Empty>
    );
  }
  if (filter.view === "graph") {
    return (
      <Suspense fallback={<Coming height={320} />}>
        <Graph services={services} shown={shown} />
      </Suspense>
    );
  }
  if (filter.view === "list") return <ServiceTable services={shown} />;
  return <Cards services={services} shown={shown} />;
}

function Cards({ services, shown }: { services: ServiceView[]; shown: ServiceView[] }) {
  useEarlier(services);
  return (
    <div className={classes.cards}>
      {shown.map((service) => (
        <ServiceCard key={service.id} service={service} />
      ))}
    </div>
  );
}

function AddLink() {
  return (
    <Button component={Link} to="/services/add" variant="default" leftSection={<AddIcon size={15} />}>
      Add service
    </Button>
  );
}

function NoServices() {
  const path = useQuery(configurationQuery).data?.path;
  return (
    <Empty title="No service is declared yet" action={<AddLink />}>
      <p>
        A service is a tool that you want kept running: ComfyUI, Ollama, n8n, a script of your own. Add it
        here, or declare it in
      </p>
      <p>
        <code>{path ?? "control-center.yaml"}</code>
      </p>
      <p>where examples stand ready to be uncommented. It appears here within a second of saving.</p>
    </Empty>
  );
}

const view = ({ view }: ServiceFilter): ServiceFilter => (view ? { view } : {});

interface FiltersProps {
  filter: ServiceFilter;
  input: React.RefObject<HTMLInputElement | null>;
}

const Filters = memo(function Filters({ filter, input }: FiltersProps) {
  const navigate = useNavigate();
  const { counts, tags } = useQuery({ ...servicesQuery, select: summary }).data ?? { counts: {}, tags: [] };
  const change = (changes: ChangesOf<ServiceFilter>) =>
    void navigate({ to: "/services", search: withChanges(filter, changes), replace: true });
  const states = STATUSES.filter((status) => counts[status] || filter.state?.includes(status));
  return (
    <div className={classes.filters}>
      <TextInput
        ref={input}
        size="xs"
        className={classes.search as string}
        aria-label="Filter by name"
        placeholder="Filter ( / )"
        leftSection={<SearchIcon size={15} />}
        value={filter.q ?? ""}
        onChange={(event) => change({ q: event.currentTarget.value || undefined })}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <Chips label="State">
        {states.map((status) => (
          <Chip
            key={status}
            on={filter.state?.includes(status) ?? false}
            toggle={() => change({ state: toggled(filter.state, status) })}
          >
            <StatusShape status={status} size={11} />
            {counts[status] ?? 0} {status}
          </Chip>
        ))}
      </Chips>
      <Chips label="Tag">
        {tags.map((tag) => (
          <Chip
            key={tag}
            on={filter.tag?.includes(tag) ?? false}
            toggle={() => change({ tag: toggled(filter.tag, tag) })}
          >
            #{tag}
          </Chip>
        ))}
      </Chips>
      {isFiltering(filter) && (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => change({ q: undefined, tag: undefined, state: undefined })}
        >
          Clear
        </Button>
      )}
      <div className="grow" />
      <SegmentedControl
        size="xs"
        aria-label="How to show the services"
        value={filter.view ?? "cards"}
        onChange={(value) => change({ view: value === "cards" ? undefined : (value as View) })}
        data={[
          { value: "cards", label: <Choice icon={<CardsIcon size={15} />} word="Cards" /> },
          { value: "list", label: <Choice icon={<ListIcon size={15} />} word="List" /> },
          { value: "graph", label: <Choice icon={<GraphIcon size={15} />} word="Graph" /> },
        ]}
      />
    </div>
  );
});

interface Summary {
  counts: Partial<Record<Status, number>>;
  tags: string[];
}

/** The same object as long as no status and no tag changes: ticks do not draw the filters anew. */
function summary({ services }: { services: ServiceView[] }): Summary {
  const counts: Summary["counts"] = {};
  for (const { status } of services) counts[status] = (counts[status] ?? 0) + 1;
  return { counts, tags: allTags(services) };
}

function Choice({ icon, word }: { icon: ReactNode; word: string }) {
  return (
    <span className={classes.choice}>
      {icon}
      {word}
    </span>
  );
}
