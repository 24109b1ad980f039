/** Who listens on which port, which of our services that is, and whether a port is free. */
import { Button, NumberInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { portsQuery } from "@/api/queries/ports";
import type { PortEntry } from "@/api/types";
import { OpenRow } from "@/design/OpenRow";
import { Empty, Failure, Skeletons } from "@/design/states";
import { ServiceLink } from "@/features/system/ProcessesTab";
import tables from "@/features/system/tables.module.css";
import type { SystemSearch } from "@/features/system/tabs";
import { PortAnswer } from "./PortAnswer";
import classes from "./PortsTab.module.css";

export function PortsTab() {
  const search = useSearch({ from: "/system/$tab" });
  const { data, error, refetch } = useQuery(portsQuery({ start: search.start, end: search.end }));
  const navigate = useNavigate();
  const go = (next: SystemSearch) =>
    void navigate({ to: "/system/$tab", params: { tab: "ports" }, search: next });
  return (
    <>
      <div className={classes.questions}>
        <Lookup key={`port ${search.port}`} port={search.port} ask={(port) => go({ ...search, port })} />
        {data && (
          <Range
            key={`${data.start}-${data.end}`}
            start={data.start}
            end={data.end}
            show={(start, end) => go({ ...search, start, end })}
          />
        )}
      </div>
      {search.port && <PortAnswer port={search.port} />}
      {data ? (
        <Ports ports={data.ports} start={data.start} end={data.end} />
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={8} height={32} />
      )}
    </>
  );
}

const LIMITS = { min: 1, max: 65_535, clampBehavior: "blur", hideControls: true, size: "xs" } as const;

function Lookup({ port, ask }: { port: number | undefined; ask: (port: number) => void }) {
  const [value, setValue] = useState<number | string>(port ?? "");
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (typeof value === "number") ask(value);
      }}
    >
      <NumberInput
        {...LIMITS}
        label="Is this port free?"
        placeholder="8188"
        value={value}
        onChange={setValue}
        w={110}
      />
      <Button type="submit" variant="default">
        Look
      </Button>
    </form>
  );
}

function Range({
  start,
  end,
  show,
}: {
  start: number;
  end: number;
  show: (start: number, end: number) => void;
}) {
  const [from, setFrom] = useState<number | string>(start);
  const [to, setTo] = useState<number | string>(end);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (typeof from === "number" && typeof to === "number") show(Math.min(from, to), Math.max(from, to));
      }}
    >
      <NumberInput {...LIMITS} label="Ports from" value={from} onChange={setFrom} w={90} />
      <NumberInput {...LIMITS} label="to" value={to} onChange={setTo} w={90} />
      <Button type="submit" variant="default">
        Show
      </Button>
    </form>
  );
}

function Ports({ ports, start, end }: { ports: PortEntry[]; start: number; end: number }) {
  if (ports.length === 0) {
    return (
      <Empty title="Nobody listens here">
        No port from {start} to {end} is in use.
      </Empty>
    );
  }
  return (
    <div className="table-frame">
      <table className="table">
        <caption className="unseen">
          Ports in use from {start} to {end}
        </caption>
        <thead>
          <tr>
            <th scope="col">Port</th>
            <th scope="col">Held by</th>
            <th scope="col">Service</th>
            <th scope="col" className={`number ${tables.spare}`}>
              Pid
            </th>
            <th scope="col" className={tables.spare}>
              Address
            </th>
            <th scope="col" className={tables.spare}>
              Protocol
            </th>
            <th scope="col" className={tables.spare}>
              State
            </th>
          </tr>
        </thead>
        <tbody>
          {ports.map((entry) => (
            <Row key={`${entry.protocol} ${entry.address} ${entry.port} ${entry.pid}`} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ entry }: { entry: PortEntry }) {
  const { port, process_name, service, pid, address, protocol, status } = entry;
  return (
    <OpenRow
      first={<strong>{port}</strong>}
      rest={[
        ["Pid", pid ?? "–"],
        ["Address", <code key="address">{address}</code>],
        ["Protocol", protocol],
        ["State", status.toLowerCase()],
      ]}
    >
      <td className={classes.holder}>{process_name ?? <span className="muted">not ours to see</span>}</td>
      <td>{service && <ServiceLink id={service} />}</td>
      <td className={`number ${tables.spare}`}>{pid ?? "–"}</td>
      <td className={`mono ${tables.spare}`}>{address}</td>
      <td className={tables.spare}>{protocol}</td>
      <td className={`muted ${tables.spare}`}>{status.toLowerCase()}</td>
    </OpenRow>
  );
}
