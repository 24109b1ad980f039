import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { ServiceView } from "@/api/types";
import { bytes, duration, percent } from "@/design/format";
import { ServiceStatus } from "@/design/StatusMark";
import { Address } from "./Facts";
import { Note } from "./Note";
import { Refusal } from "./Refusal";
import { ServiceActions } from "./ServiceActions";
import classes from "./ServiceTable.module.css";

export function ServiceTable({ services }: { services: readonly ServiceView[] }) {
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Service</th>
            <th scope="col" className={`number ${classes.spare}`}>
              CPU
            </th>
            <th scope="col" className={`number ${classes.spare}`}>
              Memory
            </th>
            <th scope="col" className={`number ${classes.spare}`}>
              Up for
            </th>
            <th scope="col" className={classes.spare}>
              Address
            </th>
            <th scope="col">
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
  return (
    <tr data-service={service.id}>
      <td className={classes.status}>
        <ServiceStatus service={service} />
      </td>
      <td className={classes.name}>
        <Link to="/services/$id/$tab" params={{ id: service.id, tab: "logs" }} data-row>
          {service.name}
        </Link>
        <Note service={service} />
        <Refusal service={service} />
      </td>
      <td className={`number ${classes.spare}`}>{percent(service.cpu_percent)}</td>
      <td className={`number ${classes.spare}`}>{bytes(service.memory_bytes)}</td>
      <td className={`number ${classes.spare}`}>{duration(service.uptime_seconds)}</td>
      <td className={classes.spare}>
        <Address service={service} />
      </td>
      <td className={classes.actions}>
        <ServiceActions service={service} />
      </td>
    </tr>
  );
});
