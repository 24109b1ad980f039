/** Every service as a tile, each always in its place: what is wrong is seen by where it is. */
import { Link } from "@tanstack/react-router";
import { memo, useRef } from "react";
import type { Chart, ServiceView } from "@/api/types";
import { AddIcon } from "@/design/icons";
import { LinkButton } from "@/design/LinkButton";
import { PastSpark } from "@/design/PastSpark";
import { Countdown, HealthMark, StatusShape } from "@/design/StatusMark";
import { LEAST_SPAN } from "@/design/spark";
import { Empty } from "@/design/states";
import { Figure } from "@/features/supervisor/Facts";
import { cpuOf, memoryOf } from "@/features/supervisor/metrics";
import { useRowKeys } from "@/features/supervisor/useRowKeys";
import { useLastHour } from "@/features/system/history/useSeries";
import { useFigures } from "@/live/context";
import classes from "./Wall.module.css";

/** More of them have smaller tiles, without the last hour: all are to be seen at once. */
const MANY = 40;

export function Wall({ services }: { services: readonly ServiceView[] }) {
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list);
  const drawn = services.length > MANY ? [] : services;
  const past = useLastHour(drawn.flatMap(({ id }) => [cpuOf(id), memoryOf(id)]));
  if (services.length === 0) return <NoServices />;
  return (
    <div ref={list} className={classes.wall} data-many={services.length > MANY || undefined}>
      {services.map((service) => (
        <Tile
          key={service.id}
          service={service}
          cpu={past.get(cpuOf(service.id))}
          memory={past.get(memoryOf(service.id))}
        />
      ))}
    </div>
  );
}

interface TileProps {
  service: ServiceView;
  /** The last hour; undefined until it is known. */
  cpu: Chart | undefined;
  memory: Chart | undefined;
}

/** Drawn anew only when it says something else: the board writes the numbers of every tick. */
const Tile = memo(function Tile({ service, cpu, memory }: TileProps) {
  const { id, name, status, health, retry_at } = service;
  const place = useRef<HTMLElement>(null);
  useFigures(place, id);
  return (
    <article
      ref={place}
      className={classes.tile}
      data-service={id}
      data-status={status}
      data-health={status === "running" ? health : undefined}
    >
      <h2 className={classes.name} title={name}>
        <StatusShape status={status} size={16} />
        <Link to="/services/$id/$tab" params={{ id, tab: "logs" }} data-row>
          {name}
        </Link>
      </h2>
      <p className={classes.state}>
        <span className={classes.word} data-status={status}>
          {status}
        </span>
        {status === "backoff" && retry_at && <Countdown until={retry_at} />}
        {status === "running" && <HealthMark health={health} />}
      </p>
      <dl className={classes.figures}>
        <dt>CPU</dt>
        <dd>
          <Figure kind="cpu" />
        </dd>
        <PastSpark chart={cpu} least={LEAST_SPAN} />
        <dt>Memory</dt>
        <dd>
          <Figure kind="memory" />
        </dd>
        <PastSpark chart={memory} />
      </dl>
    </article>
  );
});

function NoServices() {
  return (
    <Empty
      title="No service is declared yet"
      action={
        <LinkButton to="/services/add" leftSection={<AddIcon size={15} />}>
          Add a service
        </LinkButton>
      }
    >
      A service is a tool that you want kept running. Once there are some, this place shows at a glance
      whether they are well.
    </Empty>
  );
}
