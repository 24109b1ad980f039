// temporary until generated
import type * as T from "./types";
type Ok<R> = { 200: { headers: Record<string, unknown>; content: { "application/json": R } } };
type Path<P> = [P] extends [never] ? { path?: never } : { path: P };
type Get<R, Q = never, P = never> = {
  parameters: { query?: Q } & Path<P>;
  get: { parameters: { query?: Q } & Path<P>; requestBody?: never; responses: Ok<R> };
};
type Post<R, P = never> = {
  parameters: { path: P };
  post: { parameters: { path: P }; requestBody?: never; responses: Ok<R> };
};
type Id = { service_id: string };
export interface paths {
  "/health": Get<{ status: string; database: string; version: string; uptime_seconds: number }>;
  "/api/services": Get<{ count: number; services: T.ServiceView[] }>;
  "/api/services/{service_id}": Get<T.ServiceDetail, never, Id>;
  "/api/services/{service_id}/start": Post<T.ActionResult, Id>;
  "/api/services/{service_id}/stop": Post<T.ActionResult, Id>;
  "/api/services/{service_id}/restart": Post<T.ActionResult, Id>;
  "/api/system/stats": Get<T.SystemStats>;
  "/api/system/info": Get<T.SystemInfo>;
  "/api/system/processes": Get<{ count: number; processes: T.SystemProcess[] }, { limit?: number; sort?: "cpu" | "memory" }>;
  "/api/system/ports": Get<{ count: number; start: number; end: number; ports: T.PortEntry[] }, { start?: number; end?: number }>;
  "/api/system/ports/{port}": Get<T.PortState, never, { port: number }>;
  "/api/config": Get<T.Configuration>;
  "/api/events": Get<{ events: T.Event[]; next: number | null }, { subject?: string; area?: string; type?: string; before?: number; since?: number; limit?: number }>;
  "/api/diagnostics": Get<T.Diagnosis>;
}
