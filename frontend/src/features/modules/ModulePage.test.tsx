import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import type { Module } from "@/api/types";
import { openDashboard } from "@/test/daemon";
import { module, parameter } from "@/test/module";
import { run } from "@/test/run";

const train = module({
  parameters: [
    parameter({ name: "steps", type: "number", required: true, min: 1, integer: true }),
    parameter({ name: "mode", type: "select", options: ["quick", "thorough"], default: "quick" }),
    parameter({ name: "rate", type: "number", conditional_display: { field: "mode", value: "thorough" } }),
    parameter({ name: "key", label: "Secret key", type: "password", secret: true }),
  ],
});

const preview = {
  argv: ["python3", "train.py"],
  command: "python3 train.py --steps 5",
  cwd: "/home/me",
  env: {},
  stdin: null,
  parameters: {},
  problem: null,
  faults: [] as { name: string; message: string }[],
};

const refused = {
  title: "The parameters are not valid",
  detail: "Invalid parameters: steps must be at least 1",
  status: 422,
  error_code: "invalid_parameters",
  errors: [{ where: "parameters.steps", message: "steps must be at least 1" }],
};

interface Answers {
  modules?: Module[];
  faults?: typeof preview.faults;
  launch?: { status: number; body: unknown };
}

const night = { name: "Night", parameters: { steps: 90, rate: null }, updated_at: "2026-11-21T08:00:00Z" };

async function open({ modules = [train], faults = [], launch }: Answers, address = "/ui/modules/train") {
  return openDashboard(address, {
    services: [],
    get: (path) => {
      if (path === "/api/modules") return { modules, total: modules.length, faults: [] };
      if (path.endsWith("/config"))
        return { module_id: "train", parameters: { steps: 5, mode: "quick" }, updated_at: null };
      if (path.endsWith("/presets")) return { module_id: "train", presets: [night] };
      if (path === "/api/runs") return { runs: [], total: 0, limit: 5, offset: 0, cursor: null };
      return path.startsWith("/api/runs/") ? run() : undefined;
    },
    post: (path) => {
      if (path.endsWith("/preview")) return { body: { ...preview, faults } };
      return launch ?? { status: 202, body: run() };
    },
  });
}

beforeEach(() => sessionStorage.clear());

it("begins with what was saved, and shows what would be run", async () => {
  await open({});
  expect(await screen.findByLabelText(/^steps/)).toHaveValue("5");
  expect(await screen.findByText(preview.command)).toBeVisible();
});

it("begins with a preset that is chosen, and with its defaults where it says nothing", async () => {
  await open({});
  await userEvent.selectOptions(await screen.findByLabelText("Begin with"), "Night");
  await waitFor(() => expect(screen.getByLabelText(/^steps/)).toHaveValue("90"));
  expect(window.location.search).toBe("?preset=Night");
  expect(screen.getByLabelText("mode")).toHaveValue("quick");
});

it("says that a preset is there no more, and begins as without one", async () => {
  await open({}, "/ui/modules/train?preset=Gone");
  expect(await screen.findByText("There is no preset “Gone” any more.")).toBeVisible();
  expect(screen.getByLabelText(/^steps/)).toHaveValue("5");
});

it("shows a field once its condition holds", async () => {
  await open({});
  await userEvent.selectOptions(await screen.findByLabelText("mode"), "thorough");
  expect(screen.getByLabelText("rate")).toBeVisible();
  await userEvent.selectOptions(screen.getByLabelText("mode"), "quick");
  expect(screen.queryByLabelText("rate")).toBeNull();
});

it("shows what the daemon finds wrong at the field, once someone has been at it", async () => {
  await open({ faults: [{ name: "steps", message: "steps must be at least 1" }] });
  await screen.findByText(preview.command);
  expect(screen.queryByText("steps must be at least 1")).toBeNull();
  await userEvent.type(screen.getByLabelText(/^steps/), "0");
  expect(await screen.findByText("steps must be at least 1")).toBeVisible();
  expect(screen.getByLabelText(/^steps/)).toBeInvalid();
});

it("puts the faults of a refusal at their fields", async () => {
  await open({ launch: { status: 422, body: refused } });
  await userEvent.click(await screen.findByRole("button", { name: "Run" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("It was not started: steps must be at least 1.");
  expect(screen.getByLabelText(/^steps/)).toHaveAccessibleDescription(/must be at least 1/);
});

it("asks for the run and opens it; a secret is kept nowhere", async () => {
  const { asked } = await open({});
  const key = await screen.findByLabelText("Secret key");
  expect(key).toHaveAttribute("type", "password");
  await userEvent.type(key, "hunter2");
  await userEvent.type(screen.getByLabelText(/^steps/), "0");
  expect(JSON.stringify(sessionStorage)).toContain("50");
  expect(JSON.stringify(sessionStorage)).not.toContain("hunter2");
  await userEvent.click(screen.getByRole("button", { name: "Run" }));
  expect(await screen.findByRole("navigation", { name: /^Parts of run_/ })).toBeVisible();
  expect(asked).toContain("POST /api/modules/train/run");
  await waitFor(() => expect(sessionStorage).toHaveLength(0));
});

it("says why a module cannot be run", async () => {
  const why = "Train is switched off: its definition says `enabled: false`.";
  await open({ modules: [module({ enabled: false, runnable: false, unavailable: why })] });
  expect(await screen.findByText(why)).toBeVisible();
  const form = await screen.findByRole("form", { name: "Run Train" });
  expect(within(form).getByRole("button", { name: "Run" })).toBeDisabled();
});
