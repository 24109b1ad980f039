import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { openDashboard } from "@/test/daemon";
import { service } from "@/test/service";
import { offsetOf } from "./Editor";

const PLAN = { added: ["tool"], changed: [], removed: [], unchanged: 1 };
const FAULT = {
  severity: "error",
  line: 2,
  column: 3,
  path: "services.tool.comand",
  message: "`comand` is not a key",
  hint: "Did you mean `command`?",
  excerpt: "  comand: [x]",
  source: "text",
};

beforeEach(() => sessionStorage.clear());

const open = (answer: unknown, status = 200) =>
  openDashboard("/ui/services/add", {
    services: [service()],
    post: () => ({ status, body: answer }),
  });

const field = () => screen.findByLabelText("Services to add");

it("shows what is wrong while one types, and leads to the place", async () => {
  const { asked } = await open({ plan: null, faults: [FAULT], services: [], preview: null, before: null });
  const box = (await field()) as HTMLTextAreaElement;
  await userEvent.type(box, "tool:\n  comand: x");
  await userEvent.click(await screen.findByRole("button", { name: "line 2, column 3" }));
  expect(box).toHaveFocus();
  expect(box.selectionStart).toBe("tool:\n  ".length);
  expect(box).toBeInvalid();
  expect(screen.getByText("Did you mean `command`?")).toBeVisible();
  expect(screen.getByRole("button", { name: "Save" })).toHaveAttribute("aria-disabled", "true");
  expect(asked.filter((one) => one === "POST /api/services").length).toBeLessThan(4);
});

it("shows the plan and the lines that come, and saves on request only", async () => {
  const { asked } = await open({
    plan: PLAN,
    faults: [],
    services: [],
    before: "services:\n  demo: {}\n",
    preview: "services:\n  demo: {}\n  tool: {}\n",
  });
  await userEvent.type(await field(), "tool: x");
  expect(await screen.findByRole("region", { name: "What saving does" })).toHaveTextContent("tool is added");
  expect(screen.getByText(/tool: \{\}/)).toHaveTextContent("added:");
  const before = asked.length;
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(window.location.pathname).toBe("/ui/services/tool/logs"));
  expect(asked.slice(before)).toContain("POST /api/services");
  expect(sessionStorage.getItem("draft:add")).toBeNull();
});

it("keeps what was typed when the page is opened anew", async () => {
  sessionStorage.setItem("draft:add", JSON.stringify("tool: half"));
  await open({ plan: PLAN, faults: [], services: [], before: "", preview: "" });
  expect(await field()).toHaveValue("tool: half");
});

it("says in the daemon's words why it cannot say anything", async () => {
  await open({ title: "The file has faults", detail: "Mend line 3 first.", error_code: "file_faulty" }, 409);
  await userEvent.type(await field(), "tool: x");
  expect(await screen.findByText("Mend line 3 first.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Save" })).toHaveAttribute("title", "It was refused");
});

it("finds a line and column in a text, and stays inside it", () => {
  const text = "ab\ncd\n";
  expect(offsetOf(text, 1, 1)).toBe(0);
  expect(offsetOf(text, 2, 2)).toBe(4);
  expect(offsetOf(text, 2, 9)).toBe(5);
  expect(offsetOf(text, 9, 1)).toBe(text.length);
});
