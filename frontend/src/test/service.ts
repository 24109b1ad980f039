import type { ServiceRow } from "@/api/types";

/** A stopped service, or what is made of it. */
export function service(differences: Partial<ServiceRow> = {}): ServiceRow {
  return {
    id: "demo",
    name: "Demo",
    description: "Prints the time",
    status: "stopped",
    health: "none",
    wanted: "down",
    reason: null,
    pid: null,
    port: null,
    url: null,
    uptime_seconds: null,
    started_at: null,
    restarts: 0,
    exit_code: null,
    exit_text: null,
    cpu_percent: null,
    memory_bytes: null,
    tags: [],
    lifetime: "adopt",
    log_file: "/logs/demo.log",
    definition: "current",
    since: null,
    retry_at: null,
    depends_on: [],
    ladder: null,
    ...differences,
  };
}
