import { memo, useRef } from "react";
import type { ServiceView } from "@/api/types";
import { ServiceStatus } from "@/design/StatusMark";
import { useFigures } from "@/live/context";
import { Address, Figure } from "./Facts";
import { Note } from "./Note";
import { Refusal } from "./Refusal";
import { ServiceActions } from "./ServiceActions";
import { ServiceName } from "./ServiceCard";
import classes from "./ServiceTable.module.css";

const FIGURES = [
  ["CPU", "cpu"],
  ["Memory", "memory"],
  ["Up for", "uptime"],
] as const;

export function ServiceTable({ services }: { services: readonly ServiceView[] }) {
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <thead>
          <tr>
            <th scope="col" className={classes.status}>
              Status
            </th>
            <th scope="col">Service</th>
            {FIGURES.map(([word]) => (
              <th key={word} scope="col" className={`number ${classes.spare} ${classes.figure}`}>
                {word}
              </th>
            ))}
            <th scope="col" className={`${classes.spare} ${classes.place}`}>
              Address
            </th>
            <th scope="col" className={classes.actions}>
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {services.map((service) => (
            <Row key={service.id} service={service} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({ service }: { service: ServiceView }) {
  const { id, name, status, health, retry_at, url, port, since } = service;
  const place = useRef<HTMLTableRowElement>(null);
  useFigures(place, id);
  return (
    <tr data-service={id} ref={place}>
      <td>
        <ServiceStatus status={status} health={health} retry_at={retry_at} />
      </td>
      <td className={classes.name}>
        <ServiceName id={id} name={name} />
        <Note service={service} />
        <Refusal id={id} port={port} status={status} since={since} />
      </td>
      {FIGURES.map(([word, kind]) => (
        <td key={word} className={`number ${classes.spare}`}>
          <Figure kind={kind} />
        </td>
      ))}
      <td className={classes.spare}>
        <Address name={name} url={url} port={port} status={status} />
      </td>
      <td className={classes.actions}>
        <ServiceActions id={id} name={name} status={status} />
      </td>
    </tr>
  );
});
