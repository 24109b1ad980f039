// temporary until the generated schema
export type Status =
  | "stopped"
  | "waiting"
  | "starting"
  | "running"
  | "stopping"
  | "backoff"
  | "exited"
  | "failed";
export type Health = "none" | "starting" | "healthy" | "unhealthy";

export interface ServiceView {
  id: string;
  name: string;
  description: string;
  status: Status;
  health: Health;
  wanted: "up" | "down";
  reason: string | null;
  pid: number | null;
  port: number | null;
  url: string | null;
  uptime_seconds: number | null;
  started_at: string | null;
  restarts: number;
  exit_code: number | null;
  exit_text: string | null;
  cpu_percent: number | null;
  memory_bytes: number | null;
  tags: string[];
  lifetime: string;
  log_file: string;
  definition: "current" | "changed" | "removed";
  since: string;
  retry_at: string | null;
}
export interface ServiceProcess {
  pid: number;
  name: string;
  cpu_percent: number | null;
  memory_bytes: number | null;
  started_at: string | null;
}
export interface LastExit {
  code: number | null;
  signal: string | null;
  text: string;
  at: string;
  last_lines: string[];
}
export interface ServiceDetail extends ServiceView {
  command: string[];
  cwd: string;
  env: Record<string, string>;
  autostart: string | boolean;
  restart: Record<string, unknown>;
  stop: Record<string, unknown>;
  depends_on: Record<string, unknown>;
  health_check: Record<string, unknown> | null;
  limits: Record<string, unknown> | null;
  processes: ServiceProcess[];
  last_exit: LastExit | null;
}
export interface ActionResult {
  id: string;
  status: Status;
  pid: number | null;
  reason: string | null;
  message: string;
}
export interface SystemStats {
  timestamp: string;
  cpu: {
    usage_percent: number;
    count: number;
    frequency: { current: number | null; min: number | null; max: number | null };
    per_core: number[];
  };
  memory: { total: number; available: number; used: number; percent: number };
  swap: { total: number; used: number; percent: number } | null;
  disk: { total: number; used: number; free: number; percent: number; path: string };
  network: {
    bytes_sent: number;
    bytes_received: number;
    sent_per_second: number | null;
    received_per_second: number | null;
  };
}
export interface SystemProcess {
  pid: number;
  name: string;
  cpu_percent: number | null;
  memory_percent: number | null;
  memory_bytes: number | null;
  status: string;
  username: string | null;
  command: string | null;
  started_at: string | null;
  service: string | null;
}
export interface SystemInfo {
  os: string;
  hostname: string;
  python: string;
  uptime: number;
  arch: string;
  processor: string | null;
  totalMemory: number;
  cpuCores: number;
  cpuCoresPhysical: number | null;
  boot_time: number | string;
  app_version: string;
}
export interface PortEntry {
  port: number;
  protocol: "tcp" | "udp";
  address: string;
  pid: number | null;
  process_name: string | null;
  status: string;
  service: string | null;
}
export interface PortOwner {
  pid: number | null;
  name: string | null;
  service: string | null;
  address: string | null;
  protocol?: string;
}
export interface PortState {
  port: number;
  state: "free" | "used" | "reserved" | "elsewhere";
  detail: string;
  owners: PortOwner[];
}
export interface Fault {
  severity: "error" | "warning";
  line: number | null;
  column: number | null;
  path: string;
  message: string;
  hint: string | null;
  excerpt: string | null;
}
export interface Configuration {
  path: string;
  state: "in_force" | "faulty" | "missing";
  applied_at: string | null;
  changed_at: string | null;
  services: Record<string, Record<string, unknown>>;
  faults: Fault[];
}
export interface Event {
  id: string;
  seq: number;
  at: string;
  area: string;
  type: string;
  version: number;
  subject: string | null;
  actor: string;
  host: string;
  cause: string | null;
  payload: Record<string, unknown>;
  stored?: boolean;
}
export interface Check {
  id: string;
  title: string;
  status: "ok" | "warning" | "error";
  what: string;
  why: string | null;
  fix: string | null;
}
export interface Diagnosis {
  checked_at: string;
  ok: boolean;
  checks: Check[];
}
