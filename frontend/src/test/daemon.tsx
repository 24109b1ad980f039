/** The whole dashboard before a daemon that the test plays. */
import { act, render } from "@testing-library/react";
import { vi } from "vitest";
import { App } from "@/App";
import { makeCache } from "@/api/cache";
import type { Configuration, ServiceRow } from "@/api/types";
import { makeRouter } from "@/router";
import { FakeSocket } from "./FakeSocket";

type Answer = (path: string) => { status?: number; body: unknown };

const IN_FORCE: Configuration = {
  path: "/home/me/control-center.yaml",
  state: "in_force",
  applied_at: "2026-11-21T08:00:00Z",
  changed_at: "2026-11-21T08:00:00Z",
  services: {},
  faults: [],
};

interface Played {
  services: ServiceRow[];
  configuration?: Partial<Configuration>;
  /** Answers to POST requests, by path. */
  post?: Answer;
  /** Answers to other GET requests than those for the lists, by path; undefined where there is none. */
  get?: (path: string) => unknown;
}

/** Opens `address` with that daemon behind it; the sockets are accepted and have told the services once. */
export async function openDashboard(address: string, { services, configuration, post, get }: Played) {
  FakeSocket.made = [];
  const asked: string[] = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("scrollTo", () => undefined);
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname}`);
    const { status = 200, body } = request.method === "POST" && post ? post(pathname) : reading(pathname);
    return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
  });
  const reading: Answer = (path) => {
    if (path === "/api/services") return { body: { count: services.length, services } };
    if (path === "/api/config") return { body: { ...IN_FORCE, ...configuration } };
    const body = get?.(path);
    if (body !== undefined) return { body };
    return { status: 404, body: { title: "Not found", detail: `nothing at ${path}`, status: 404 } };
  };
  const tell = (next: ServiceRow[]) =>
    act(() =>
      FakeSocket.to("/api/services/ws").tell({
        type: "service_status",
        timestamp: new Date().toISOString(),
        services: next,
      }),
    );
  window.history.replaceState(null, "", address);
  render(<App cache={makeCache()} router={makeRouter()} />);
  act(() => {
    for (const socket of FakeSocket.made) socket.accept();
  });
  tell(services);
  return { asked, tell };
}
