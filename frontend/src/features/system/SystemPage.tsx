/** What the machine is doing: its numbers over time, its parts, its processes, and who listens on which port. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { systemInfoQuery } from "@/api/queries/system";
import { bytes, duration } from "@/design/format";
import { PageTab, PageTabs } from "@/design/PageTabs";
import { PortsTab } from "@/features/ports/PortsTab";
import { ChartsTab } from "./ChartsTab";
import { HardwareTab } from "./HardwareTab";
import { ProcessesTab } from "./ProcessesTab";
import { SYSTEM_TABS, type SystemTab } from "./tabs";

const CONTENT: Record<SystemTab, () => ReactNode> = {
  charts: () => <ChartsTab />,
  hardware: () => <HardwareTab />,
  processes: () => <ProcessesTab />,
  ports: () => <PortsTab />,
};

const WORDS: Record<SystemTab, string> = {
  charts: "Charts",
  hardware: "Hardware",
  processes: "Processes",
  ports: "Ports",
};

export default function SystemPage() {
  const { tab } = useParams({ from: "/system/$tab" });
  return (
    <div className="page">
      <div className="page-head">
        <h1>System</h1>
        <Machine />
      </div>
      <PageTabs label="Parts of System">
        {SYSTEM_TABS.map((one) => (
          <PageTab key={one} to="/system/$tab" params={{ tab: one }}>
            {WORDS[one]}
          </PageTab>
        ))}
      </PageTabs>
      {CONTENT[tab]()}
    </div>
  );
}

function Machine() {
  const { data } = useQuery(systemInfoQuery);
  if (!data) return null;
  const cores = data.cpuCoresPhysical
    ? `${data.cpuCores} threads on ${data.cpuCoresPhysical} cores`
    : `${data.cpuCores} cores`;
  return (
    <p className="muted">
      {data.hostname} · {data.os} · {cores} · {bytes(data.totalMemory)} · up for {duration(data.uptime)}
    </p>
  );
}
