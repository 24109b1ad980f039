/** The processes of the machine, the busiest first. */
import { SegmentedControl, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { processesQuery } from "@/api/queries/system";
import type { SystemProcess } from "@/api/types";
import { bytes, count, percent } from "@/design/format";
import { SearchIcon } from "@/design/icons";
import { OpenRow } from "@/design/OpenRow";
import { Empty, Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { useKeys } from "@/shell/keys";
import classes from "./tables.module.css";
import type { SystemSearch } from "./tabs";

export function ProcessesTab() {
  const search = useSearch({ from: "/system/$tab" });
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "Filter the processes", run: () => field.current?.focus() }]);
  const { data, error, refetch } = useQuery(processesQuery(search.sort ?? "cpu"));
  const go = (next: SystemSearch) =>
    void navigate({ to: "/system/$tab", params: { tab: "processes" }, search: next, replace: true });
  const { q, ...rest } = search;
  const { sort, ...unsorted } = search;
  return (
    <>
      <div className={classes.tools}>
        <TextInput
          ref={field}
          size="xs"
          aria-label="Filter the processes"
          placeholder="Name, command, user or pid ( / )"
          leftSection={<SearchIcon size={15} />}
          className={classes.search as string}
          value={q ?? ""}
          onChange={(event) =>
            go(event.currentTarget.value ? { ...rest, q: event.currentTarget.value } : rest)
          }
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
        <SegmentedControl
          size="xs"
          aria-label="Which come first"
          value={sort ?? "cpu"}
          onChange={(value) => go(value === "memory" ? { ...unsorted, sort: "memory" } : unsorted)}
          data={[
            { value: "cpu", label: "By CPU" },
            { value: "memory", label: "By memory" },
          ]}
        />
        {data && (
          <span className="muted small">
            The first {data.processes.length} of {count(data.count)} processes
          </span>
        )}
      </div>
      {data ? (
        <Processes processes={matching(data.processes, q)} />
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={12} height={32} />
      )}
    </>
  );
}

function matching(processes: SystemProcess[], q: string | undefined): SystemProcess[] {
  const wanted = q?.toLowerCase();
  if (!wanted) return processes;
  return processes.filter(({ pid, name, username, command, service }) =>
    [pid, name, username, command, service].some((part) =>
      String(part ?? "")
        .toLowerCase()
        .includes(wanted),
    ),
  );
}

function Processes({ processes }: { processes: SystemProcess[] }) {
  if (processes.length === 0)
    return <Empty title="No process matches">None of those read fits this filter.</Empty>;
  return (
    <div className="table-frame">
      <table className="table">
        <caption className="unseen">Processes of this machine</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className="number">
              CPU
            </th>
            <th scope="col" className="number">
              Memory
            </th>
            <th scope="col" className={`number ${classes.spare}`}>
              Pid
            </th>
            <th scope="col" className={classes.spare}>
              Service
            </th>
            <th scope="col" className={classes.spare}>
              User
            </th>
            <th scope="col" className={classes.spare}>
              Started
            </th>
            <th scope="col" className={classes.spare}>
              Command
            </th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <Row key={process.pid} process={process} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ process }: { process: SystemProcess }) {
  const { pid, name, cpu_percent, memory_bytes, memory_percent, service, username, command } = process;
  const owner = service ? <ServiceLink id={service} /> : "";
  const started = process.started_at ? <Ago at={process.started_at} /> : "–";
  return (
    <OpenRow
      first={name}
      rest={[
        ["Pid", pid],
        ["Service", owner || "none of ours"],
        ["User", username ?? "–"],
        ["Started", started],
        ["Command", <code key="command">{command ?? "–"}</code>],
      ]}
    >
      <td className="number">{percent(cpu_percent)}</td>
      <td className="number" title={percent(memory_percent)}>
        {bytes(memory_bytes)}
      </td>
      <td className={`number ${classes.spare}`}>{pid}</td>
      <td className={classes.spare}>{owner}</td>
      <td className={`${classes.spare} muted`}>{username ?? "–"}</td>
      <td className={`${classes.spare} muted`}>{started}</td>
      <td className={`${classes.spare} ${classes.command} mono`} title={command ?? undefined}>
        {command}
      </td>
    </OpenRow>
  );
}

export function ServiceLink({ id }: { id: string }) {
  return (
    <Link to="/services/$id/$tab" params={{ id, tab: "logs" }}>
      {id}
    </Link>
  );
}
