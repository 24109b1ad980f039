import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { openDashboard } from "@/test/daemon";
import { FakeSocket } from "@/test/FakeSocket";
import { service } from "@/test/service";

const stopped = service();
const running = service({ status: "running", wanted: "up", pid: 7, since: "2026-11-21T08:00:00Z" });

const heldBy = ({ service = null as string | null, possible = false }) => ({
  port: 8188,
  state: "used",
  detail: "Port 8188 is in use by python3 (pid 12).",
  owners: [
    {
      pid: 12,
      name: "python3",
      address: "127.0.0.1",
      service,
      command: "python3 main.py",
      cwd: "/elsewhere",
      started_at: "2026-11-21T08:00:00Z",
      adopt: {
        possible,
        why: possible ? "It is the same tool." : "Its folder differ from the definition.",
        evidence: [{ what: "folder", same: possible, theirs: "/elsewhere", ours: "/here" }],
      },
      stop: { possible: true, why: "It is asked to end, and ended by force after 5 s." },
    },
  ],
});

const name = (text: RegExp) => screen.findByRole("button", { name: text });

describe("start", () => {
  it("is sent, shown as taken, and ends as the daemon tells it", async () => {
    let release: () => void = () => undefined;
    const { asked, tell } = await openDashboard("/ui/services", { services: [stopped] });
    const answered = new Promise<void>((resolve) => {
      release = resolve;
    });
    const fetched = globalThis.fetch;
    globalThis.fetch = async (...request) => {
      const url = new URL((request[0] as Request).url);
      if (url.pathname.endsWith("/start")) await answered;
      return fetched(...request);
    };
    await userEvent.click(await name(/^Start Demo/));
    expect(await name(/^Starting… Demo/)).toHaveAttribute("aria-disabled", "true");
    release();
    tell([{ ...running, status: "starting" }]);
    expect(await name(/^Stop Demo/)).toBeEnabled();
    expect(screen.getByText("starting")).toBeVisible();
    await waitFor(() => expect(asked).toContain("POST /api/services/demo/start"));
  });

  it("refused shows the daemon's own words and the way out", async () => {
    const holder = service({ id: "web", name: "Web server", status: "running", port: 8188 });
    const detail = "Port 8188 is in use by python3 (pid 12) of the service web.";
    await openDashboard("/ui/services", {
      services: [service({ port: 8188 }), holder],
      post: () => ({
        status: 409,
        body: {
          title: "The port is in use",
          detail,
          status: 409,
          error_code: "port_in_use",
          owner: { pid: 12, name: "python3", service: "web", address: "127.0.0.1" },
        },
      }),
      get: (path) => (path === "/api/services/demo/port" ? heldBy({ service: "web" }) : undefined),
    });
    await userEvent.click(await name(/^Start Demo/));
    const refusal = await screen.findByRole("alert");
    expect(refusal).toHaveTextContent(detail);
    expect(await within(refusal).findByRole("button", { name: "Stop Web server" })).toBeEnabled();
    expect(within(refusal).queryByRole("button", { name: "Adopt it" })).toBeNull();
    await userEvent.click(within(refusal).getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("a stranger on the port", () => {
  const refused = () => ({
    status: 409,
    body: { title: "The port is in use", detail: "Held.", status: 409, error_code: "port_in_use" },
  });

  it("is stopped only after a question that names it", async () => {
    const { asked } = await openDashboard("/ui/services", {
      services: [service({ port: 8188 })],
      post: (path) =>
        path.endsWith("/free") ? { body: { message: "python3 has ended. Port 8188 is free." } } : refused(),
      get: (path) => (path.endsWith("/port") ? heldBy({}) : undefined),
    });
    await userEvent.click(await name(/^Start Demo/));
    await userEvent.click(await name(/^Stop python3$/));
    expect(await screen.findByRole("dialog")).toHaveTextContent("Stop python3 (12)?");
    expect(asked).not.toContain("POST /api/services/demo/port/free");
    await userEvent.keyboard("{Enter}");
    expect(await screen.findByText("python3 has ended. Port 8188 is free.")).toBeVisible();
  });

  it("is adopted where it is the same tool, and otherwise the reason is told", async () => {
    let possible = false;
    const { asked } = await openDashboard("/ui/services/demo/events", {
      services: [service({ port: 8188 })],
      post: () => ({ body: { message: "Demo is adopted." } }),
      get: (path) => (path.endsWith("/port") ? heldBy({ possible }) : undefined),
    });
    const adopt = await name(/^Adopt it$/);
    expect(adopt).toHaveAttribute("title", "Its folder differ from the definition.");
    await userEvent.click(adopt);
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual([]);
    expect(screen.getByRole("row", { name: /folder no/ })).toHaveTextContent("/elsewhere");
    possible = true;
    act(() =>
      FakeSocket.to("/api/events/ws").tell({
        type: "event",
        event: { seq: 1, type: "service.port_freed", subject: "demo", payload: {} },
      }),
    );
    await waitFor(() => expect(adopt).not.toHaveAttribute("aria-disabled"));
    await userEvent.click(adopt);
    await waitFor(() => expect(asked).toContain("POST /api/services/demo/adopt"));
  });
});

describe("stop", () => {
  it("by a click is sent at once", async () => {
    const { asked } = await openDashboard("/ui/services", { services: [running] });
    await userEvent.click(await name(/^Stop Demo/));
    await waitFor(() => expect(asked).toContain("POST /api/services/demo/stop"));
  });

  it("asks first when something that is up depends on it", async () => {
    const needs = service({ id: "n8n", name: "n8n", status: "running" });
    const { asked } = await openDashboard("/ui/services", {
      services: [running, needs],
      configuration: { services: { n8n: { depends_on: { demo: {} } } } },
    });
    await waitFor(() => expect(asked).toContain("GET /api/config"));
    await userEvent.click(await name(/^Stop Demo/));
    expect(await screen.findByRole("dialog")).toHaveTextContent("n8n depends on it");
    expect(asked).not.toContain("POST /api/services/demo/stop");
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(asked).toContain("POST /api/services/demo/stop"));
  });

  it("by a key asks first", async () => {
    const { asked } = await openDashboard("/ui/services", { services: [running] });
    await screen.findByRole("link", { name: "Demo" });
    await userEvent.keyboard("js");
    await screen.findByRole("dialog");
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(asked).not.toContain("POST /api/services/demo/stop");
  });
});

describe("the list", () => {
  it("moves the focus with j and k", async () => {
    await openDashboard("/ui/services", {
      services: [service({ id: "a", name: "Alpha" }), service({ id: "b", name: "Beta" })],
    });
    const alpha = await screen.findByRole("link", { name: "Alpha" });
    await userEvent.keyboard("jj");
    expect(screen.getByRole("link", { name: "Beta" })).toHaveFocus();
    await userEvent.keyboard("k");
    expect(alpha).toHaveFocus();
  });

  it("is filtered by what the URL says, and says in the URL how it is filtered", async () => {
    await openDashboard("/ui/services?state=failed", {
      services: [service({ id: "a", name: "Alpha", status: "failed" }), service({ id: "b", name: "Beta" })],
    });
    expect(await screen.findByRole("link", { name: "Alpha" })).toBeVisible();
    expect(screen.queryByRole("link", { name: "Beta" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: /failed/ }));
    expect(await screen.findByRole("link", { name: "Beta" })).toBeVisible();
    expect(window.location.search).toBe("");
    await userEvent.keyboard("/");
    await userEvent.keyboard("bet");
    await waitFor(() => expect(window.location.search).toBe("?q=bet"));
  });

  it("says what a service is when there is none yet, and where to declare one", async () => {
    await openDashboard("/ui/services", { services: [] });
    expect(await screen.findByText("No service is declared yet")).toBeVisible();
    expect(await screen.findByText("/home/me/control-center.yaml")).toBeVisible();
  });
});

describe("without a connection", () => {
  it("says since when, and takes no command", async () => {
    const { asked } = await openDashboard("/ui/services", { services: [stopped] });
    const start = await name(/^Start Demo/);
    act(() => FakeSocket.to("/api/services/ws").close());
    expect(await screen.findByText("Connection to the daemon lost")).toBeVisible();
    expect(start).toHaveAttribute("aria-disabled", "true");
    expect(start).toHaveAttribute("title", "No connection to the daemon");
    await userEvent.click(start);
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Try now" }));
    act(() => FakeSocket.to("/api/services/ws").accept());
    await waitFor(() => expect(screen.queryByText("Connection to the daemon lost")).toBeNull());
    expect(start).not.toHaveAttribute("aria-disabled");
  });
});

describe("a faulty file", () => {
  it("is told on every page with its line", async () => {
    await openDashboard("/ui/services", {
      services: [stopped],
      configuration: {
        state: "faulty",
        faults: [
          {
            severity: "error",
            line: 12,
            column: 5,
            path: "services.demo.comand",
            message: "unknown key `comand`",
            hint: "did you mean `command`?",
            excerpt: "    comand: [python]",
          },
        ],
      },
    });
    expect(await screen.findByText(/control-center.yaml has 1 error.*line 12: unknown key/)).toBeVisible();
    await userEvent.click(screen.getByRole("link", { name: "Show" }));
    expect(await screen.findByText("did you mean `command`?")).toBeVisible();
    expect(screen.getByRole("heading", { name: /Not applied/ })).toBeVisible();
  });
});

it("shows the keys that hold here", async () => {
  await openDashboard("/ui/services", { services: [stopped] });
  await screen.findByRole("link", { name: "Demo" });
  await userEvent.keyboard("?");
  expect(await screen.findByRole("dialog")).toHaveTextContent("Restart the service");
});
