import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { ServiceView } from "@/api/types";
import { ServiceStatus } from "@/design/StatusMark";
import { Address, LiveFacts } from "./Facts";
import { Note } from "./Note";
import { Refusal } from "./Refusal";
import { ServiceActions } from "./ServiceActions";
import classes from "./ServiceCard.module.css";

/** Drawn anew only when it says something else: the board writes the numbers of every tick. */
export const ServiceCard = memo(function ServiceCard({ service }: { service: ServiceView }) {
  const { id, name, status, health, retry_at, url, port, since } = service;
  return (
    <article className={classes.card} data-service={id} data-status={status}>
      <div className={classes.head}>
        <ServiceStatus status={status} health={health} retry_at={retry_at} />
        <div className="grow" />
        <Address name={name} url={url} port={port} status={status} />
      </div>
      <div className={classes.names}>
        <h2>
          <ServiceName id={id} name={name} />
        </h2>
        <Note service={service} />
      </div>
      <LiveFacts id={id} />
      <Refusal id={id} port={port} status={status} since={since} />
      <div className={classes.foot}>
        <ServiceActions id={id} name={name} status={status} />
        <div className="grow" />
        <LogsLink id={id} name={name} />
      </div>
    </article>
  );
});

export const ServiceName = memo(function ServiceName({ id, name }: { id: string; name: string }) {
  return (
    <Link to="/services/$id/$tab" params={{ id, tab: "logs" }} data-row>
      {name}
    </Link>
  );
});

const LogsLink = memo(function LogsLink({ id, name }: { id: string; name: string }) {
  return (
    <Link
      className="small"
      to="/services/$id/$tab"
      params={{ id, tab: "logs" }}
      aria-label={`Logs of ${name}`}
    >
      Logs
    </Link>
  );
});
