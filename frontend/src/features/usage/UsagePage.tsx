/** What the AI costs: by day, by model, by who asked, and what is left of the budgets. */
import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { usageQuery } from "@/api/queries/usage";
import type { UsageModel, UsageService, UsageSummary } from "@/api/types";
import { count } from "@/design/format";
import { DownloadIcon } from "@/design/icons";
import { Empty, Failure, Skeletons } from "@/design/states";
import { withChanges } from "@/searchParameters";
import { Budgets } from "./Budgets";
import { Calls } from "./Calls";
import { SPANS, USUAL_SPAN } from "./filter";
import { dollars, sent } from "./money";
import { SpendChart } from "./SpendChart";
import { Cost, SumTable } from "./SumTable";
import classes from "./UsagePage.module.css";

export default function UsagePage() {
  const { days = USUAL_SPAN } = useSearch({ from: "/usage" });
  const { data, error, refetch } = useQuery(usageQuery(days));
  return (
    <div className="page">
      <div className="page-head">
        <h1>Usage</h1>
        <div className="grow" />
        <a className={classes.export} href={`/api/usage/calls.csv?days=${days}`} download>
          <DownloadIcon size={16} /> Calls as CSV
        </a>
        <Span days={days} />
      </div>
      {data ? (
        <Spent {...data} />
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={3} height={120} />
      )}
    </div>
  );
}

function Span({ days }: { days: number }) {
  const navigate = useNavigate({ from: "/usage" });
  const show = (value: number) =>
    void navigate({
      search: (now) => withChanges(now, { days: value === USUAL_SPAN ? undefined : value }),
      replace: true,
    });
  return (
    <NativeSelect
      size="xs"
      aria-label="Days"
      value={days}
      onChange={(event) => show(Number(event.currentTarget.value))}
      data={SPANS.map((span) => ({ value: String(span), label: `${span} days` }))}
    />
  );
}

type Answers = Awaited<ReturnType<NonNullable<ReturnType<typeof usageQuery>["queryFn"]>>>;

function Spent({ summary, days, models, services, budgets }: Answers) {
  return (
    <>
      {budgets.length > 0 && (
        <Part title="Budgets">
          <Budgets budgets={budgets} />
        </Part>
      )}
      {summary.calls === 0 ? (
        <Empty title="No call has been counted in these days">
          Write <code>usage: {"{meter: true}"}</code> into the definition of a service: from its next start
          its calls to OpenAI, Anthropic and Ollama are counted here.
        </Empty>
      ) : (
        <>
          <Totals summary={summary} />
          <SpendChart days={days} budgets={budgets} />
          <Part title="By model">
            <SumTable<UsageModel>
              caption="Usage by model, the dearest first"
              heading="Model"
              rows={models}
              id={({ provider, model }) => `${provider} ${model}`}
              name={({ provider, model }) => (
                <>
                  {model ?? <em>unknown</em>} <span className="muted small">{provider}</span>
                </>
              )}
            />
          </Part>
          <Part title="By service">
            <SumTable<UsageService>
              caption="Usage by service, the dearest first"
              heading="Service or module"
              rows={services}
              id={({ service }) => service ?? ""}
              name={({ service }) => service ?? <em>nobody that is known</em>}
            />
          </Part>
          <Part title="Calls">
            <Calls models={models} services={services} />
          </Part>
        </>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Totals({ summary }: { summary: UsageSummary }) {
  const figures: [string, ReactNode][] = [
    ["Spent", <Cost key="cost" figures={summary} />],
    ["Calls", count(summary.calls)],
    ["Tokens sent", count(sent(summary))],
    ["Tokens received", count(summary.output_tokens)],
    ["Failed calls", count(summary.failed_calls)],
    ["A call", perCall(summary)],
  ];
  return (
    <dl className={classes.totals}>
      {figures.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** On average, of those whose cost is known. */
function perCall(summary: UsageSummary): string {
  const known = summary.calls - summary.failed_calls - summary.unpriced_calls - summary.unmetered_calls;
  return summary.cost !== null && known > 0 ? dollars(summary.cost / known) : "–";
}
