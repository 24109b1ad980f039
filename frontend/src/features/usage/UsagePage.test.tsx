import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Budget, UsageCall, UsageFigures } from "@/api/types";
import { openDashboard } from "@/test/daemon";

const FIGURES: UsageFigures = {
  calls: 12,
  input_tokens: 9000,
  cache_read_tokens: 1000,
  cache_write_tokens: 0,
  output_tokens: 2500,
  cost: 3.5,
  unpriced_calls: 1,
  unmetered_calls: 2,
  failed_calls: 0,
};
const KNOWN = { ...FIGURES, unpriced_calls: 0, unmetered_calls: 0 };
const BUDGET: Budget = {
  id: "daily",
  per: "day",
  soft: 4,
  hard: 5,
  service: null,
  provider: null,
  model: null,
  spent: 4.5,
  unknown_calls: 3,
  state: "soft",
  since: "2026-11-21",
  resets_at: "2026-11-22T00:00:00Z",
};

const CALL: UsageCall = {
  id: 4,
  at: "2026-11-21T10:00:00Z",
  provider: "openai",
  model: "gpt-4o",
  service: "n8n",
  run_id: null,
  reported: false,
  endpoint: "/chat/completions",
  outcome: "completed",
  status: 200,
  streamed: true,
  input_tokens: 60,
  cache_read_tokens: 40,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  output_tokens: 20,
  reasoning_tokens: 8,
  cost: 0.0012,
  price: { list: "genai-prices" },
  usage: { prompt_tokens: 100 },
  first_byte: 0.3,
  first_token: 0.31,
  seconds: 2.44,
  unpriced: false,
  unmetered: false,
};
const NOTHING_TOLD = {
  input_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  output_tokens: null,
  cost: null,
  price: null,
  usage: null,
  first_token: null,
} as const;
const CALLS: UsageCall[] = [
  CALL,
  {
    ...CALL,
    id: 3,
    provider: "ollama",
    model: "llama3.2",
    service: null,
    cost: null,
    price: null,
    unpriced: true,
  },
  { ...CALL, ...NOTHING_TOLD, id: 2, outcome: "cancelled", unmetered: true },
  { ...CALL, ...NOTHING_TOLD, id: 1, outcome: "failed", status: 529 },
];

function open(address: string, summary: UsageFigures = FIGURES, budgets: Budget[] = [BUDGET]) {
  const answers: Record<string, unknown> = {
    "/api/usage/summary": { ...summary, since: "2026-11-20", until: "2026-11-21" },
    "/api/usage/history": {
      days: [
        { ...KNOWN, date: "2026-11-20" },
        { ...FIGURES, date: "2026-11-21", cost: null },
      ],
    },
    "/api/usage/by-model": {
      models: [
        { ...KNOWN, provider: "openai", model: "gpt-4o" },
        {
          ...FIGURES,
          provider: "ollama",
          model: "llama3.2",
          cost: null,
          unpriced_calls: 12,
          unmetered_calls: 0,
        },
      ],
    },
    "/api/usage/by-service": {
      services: [
        { ...KNOWN, service: "n8n" },
        { ...FIGURES, service: null },
      ],
    },
    "/api/usage/budgets": { budgets },
    "/api/usage/calls": { calls: CALLS, cursor: null },
  };
  return openDashboard(address, { services: [], get: (path) => answers[path] });
}

it("shows what was spent, by day, model and service, and flags what is not known", async () => {
  await open("/ui/usage");
  const models = await screen.findByRole("table", { name: "Usage by model, the dearest first" });
  expect(
    within(models).getByRole("row", { name: /^gpt-4o openai \$3\.50 12 10 000 10\.0 % 2 500$/ }),
  ).toBeVisible();
  expect(within(models).getByRole("row", { name: /^llama3\.2 ollama – 12 unpriced 12/ })).toBeVisible();
  const services = screen.getByRole("table", { name: "Usage by service, the dearest first" });
  expect(
    within(services).getByRole("row", { name: /^nobody that is known \$3\.50 1 unpriced, 2 unmetered/ }),
  ).toBeVisible();
  expect(screen.getByRole("img", { name: /^Spend of 2 days/ })).toBeVisible();
  expect(screen.getByText("2026-11-21: –, 12 calls, 1 unpriced, 2 unmetered")).toBeInTheDocument();
  expect(screen.getByText("Budget daily: hard at $5.00")).toBeInTheDocument();
});

it("shows what is left of a budget and that more may be spent", async () => {
  await open("/ui/usage");
  const budgets = await screen.findByRole("list", { name: "Budgets" });
  expect(within(budgets).getByRole("meter", { name: "Spent of the budget daily" })).toHaveAttribute(
    "aria-valuenow",
    "90",
  );
  expect(budgets).toHaveTextContent("$4.50 of $5.00 a day");
  expect(budgets).toHaveTextContent("and 3 of unknown cost");
});

it("asks for other days, and gives their calls as a table", async () => {
  await open("/ui/usage");
  await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Days" }), "90 days");
  expect(window.location.search).toBe("?days=90");
  expect(screen.getByRole("link", { name: "Calls as CSV" })).toHaveAttribute(
    "href",
    "/api/usage/calls.csv?days=90",
  );
});

it("says how calls come to be counted where there are none", async () => {
  await open("/ui/usage", { ...KNOWN, calls: 0, cost: 0 }, []);
  expect(await screen.findByText("usage: {meter: true}")).toBeVisible();
  expect(screen.queryByRole("table")).toBeNull();
});

it("shows single calls, what is the matter with them, and what is known of each", async () => {
  await open("/ui/usage");
  const calls = await screen.findByRole("table", { name: "Calls, the newest first" });
  const names = within(calls)
    .getAllByRole("row")
    .map((row) => row.textContent);
  expect(names[1]).toMatch(/gpt-4o openai, n8nn8n60400 ?20\$0\.0012 310 mscompleted$/);
  expect(names[2]).toMatch(/llama3\.2 ollamaunknown60400 ?20– unpriced310 mscompleted$/);
  expect(names[3]).toMatch(/gpt-4o openai, n8nn8n––––– unmetered–client hung up$/);
  expect(names[4]).toMatch(/gpt-4o openai, n8nn8n––––– failed–failed, 529$/);
  await userEvent.click(within(calls).getAllByRole("button", { name: "gpt-4o" })[0] as HTMLElement);
  const details = await screen.findByRole("dialog", { name: "gpt-4o" });
  expect(within(details).getByLabelText("What the provider said of its use")).toHaveTextContent(
    '"prompt_tokens": 100',
  );
  expect(within(details).getByLabelText("The price it was worked out by")).toHaveTextContent(
    '"list": "genai-prices"',
  );
});

it("asks for the calls of a service, of a model or with a fault, and keeps that in its address", async () => {
  await open("/ui/usage?model=gone");
  const select = (label: string, option: string) =>
    screen.findByRole("combobox", { name: label }).then((box) => userEvent.selectOptions(box, option));
  expect(await screen.findByRole("combobox", { name: "Model of the calls" })).toHaveValue("gone");
  await select("Model of the calls", "All models");
  await select("Which calls", "Unmetered calls");
  await select("Service of the calls", "n8n");
  expect(window.location.search).toBe("?flag=unmetered&service=n8n");
});
