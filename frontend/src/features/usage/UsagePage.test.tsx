import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Budget, UsageFigures } from "@/api/types";
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
