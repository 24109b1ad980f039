import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { ServiceView } from "@/api/types";
import { ServiceStatus } from "@/design/StatusMark";
import { Address, CpuSpark, LiveFacts } from "./Facts";
import { Note } from "./Note";
import { Refusal } from "./Refusal";
import { ServiceActions } from "./ServiceActions";
import classes from "./ServiceCard.module.css";

export const ServiceCard = memo(function ServiceCard({ service }: { service: ServiceView }) {
  return (
    <article className={classes.card} data-service={service.id} data-status={service.status}>
      <div className={classes.head}>
        <ServiceStatus service={service} />
        <div className="grow" />
        <Address service={service} />
      </div>
      <div className={classes.names}>
        <h2>
          <Link to="/services/$id/$tab" params={{ id: service.id, tab: "logs" }} data-row>
            {service.name}
          </Link>
        </h2>
        <Note service={service} />
      </div>
      <div className={classes.numbers}>
        <LiveFacts service={service} />
        <CpuSpark id={service.id} />
      </div>
      <Refusal service={service} />
      <div className={classes.foot}>
        <ServiceActions service={service} />
        <div className="grow" />
        <Link
          className="small"
          to="/services/$id/$tab"
          params={{ id: service.id, tab: "logs" }}
          aria-label={`Logs of ${service.name}`}
        >
          Logs
        </Link>
      </div>
    </article>
  );
});
