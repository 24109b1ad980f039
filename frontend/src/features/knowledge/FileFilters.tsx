/** What the files are narrowed to: chosen from what there is, and shown as chips that take it away again. */
import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { creatorsQuery } from "@/api/queries/knowledge";
import type { FileKind, KnowledgeStats } from "@/api/types";
import { Chip, Chips } from "@/design/Chips";
import { dayOf } from "@/design/format";
import { CloseIcon } from "@/design/icons";
import classes from "./FileFilters.module.css";
import { type Changes, CONFIDENCES, type Confidence, KINDS, type KnowledgeFilter, SPANS } from "./filter";

interface FiltersProps {
  stats: KnowledgeStats;
  filter: KnowledgeFilter;
  change: (changes: Changes) => void;
}

export function FileFilters({ stats, filter, change }: FiltersProps) {
  const creators = useQuery(creatorsQuery).data?.creators ?? [];
  return (
    <>
      <div className={classes.choices}>
        <Choice name="Agent" values={counted(stats.files_by_agent)} choose={(agent) => change({ agent })} />
        <Choice
          name="Category"
          values={counted(stats.by_category)}
          choose={(category) => change({ category })}
        />
        <Choice
          name="Creator"
          values={creators.map(({ id, name }) => ({ value: id, label: name }))}
          choose={(creator) => change({ creator })}
        />
        {Object.keys(stats.files_by_agent).length > 0 && (
          <>
            <Choice
              name="Confidence"
              values={Object.entries(CONFIDENCES).map(([value, label]) => ({ value, label }))}
              choose={(confidence) => change({ confidence: confidence as Confidence })}
            />
            <Dates filter={filter} change={change} />
          </>
        )}
      </div>
      <div className={classes.chips}>
        <Narrowed
          filter={filter}
          change={change}
          nameOf={(id) => creators.find((one) => one.id === id)?.name ?? id}
        />
        <Types stats={stats} filter={filter} change={change} />
      </div>
    </>
  );
}

/** The most frequent first. */
function counted(counts: Record<string, number>): { value: string; label: string }[] {
  return Object.entries(counts)
    .sort(([a, most], [b, less]) => less - most || a.localeCompare(b))
    .map(([value, files]) => ({ value, label: `${value} (${files})` }));
}

interface ChoiceProps {
  name: string;
  values: { value: string; label: string }[];
  choose: (value: string) => void;
}

/** What is chosen stands below as a chip, so the choice itself always shows its name. */
function Choice({ name, values, choose }: ChoiceProps) {
  if (values.length === 0) return null;
  return (
    <NativeSelect
      size="xs"
      aria-label={name}
      value=""
      onChange={(event) => choose(event.currentTarget.value)}
      data={[{ value: "", label: name, disabled: true }, ...values]}
    />
  );
}

const BETWEEN = "between";

function Dates({ filter: { from, to }, change }: Omit<FiltersProps, "stats">) {
  const choose = (chosen: string) => {
    const today = dayOf(new Date());
    if (chosen === BETWEEN) change({ days: undefined, from: today, to: today });
    else change({ days: Number(chosen), from: undefined, to: undefined });
  };
  const day = (name: string, value: string | undefined, put: (day: string | undefined) => void) => (
    <TextInput
      size="xs"
      type="date"
      aria-label={name}
      value={value ?? ""}
      onChange={(event) => put(event.currentTarget.value || undefined)}
    />
  );
  return (
    <>
      <Choice
        name="Date of the insight"
        values={[
          ...Object.entries(SPANS).map(([value, label]) => ({ value, label })),
          { value: BETWEEN, label: "Between two days" },
        ]}
        choose={choose}
      />
      {(from || to) && (
        <>
          {day("First day", from, (first) => change({ from: first }))}
          {day("Last day", to, (last) => change({ to: last }))}
        </>
      )}
    </>
  );
}

interface NarrowedProps extends Omit<FiltersProps, "stats"> {
  nameOf: (creator: string) => string;
}

function Narrowed({ filter, change, nameOf }: NarrowedProps) {
  const { agent, category, creator, confidence, days, from, to } = filter;
  const chosen: [string, string | undefined, Changes][] = [
    ["agent", agent, { agent: undefined }],
    ["category", category, { category: undefined }],
    ["creator", creator && nameOf(creator), { creator: undefined }],
    ["confidence", confidence && CONFIDENCES[confidence], { confidence: undefined }],
    ["date", days === undefined ? between(from, to) : SPANS[days], ANY_DATE],
  ];
  return (
    <Chips label="Narrowed to">
      {chosen
        .filter(([, value]) => value)
        .map(([name, value, without]) => (
          <Chip key={name} on toggle={() => change(without)}>
            {name}: {value}
            <CloseIcon size={12} />
          </Chip>
        ))}
    </Chips>
  );
}

const ANY_DATE = { days: undefined, from: undefined, to: undefined };

function between(from: string | undefined, to: string | undefined): string | undefined {
  return from || to ? `${from ?? "…"} – ${to ?? "…"}` : undefined;
}

function Types({ stats, filter, change }: FiltersProps) {
  const kinds = (Object.keys(KINDS) as FileKind[]).filter(
    (kind) => stats.by_type[kind] || filter.type === kind,
  );
  const faulty = filter.q ? undefined : filter.faulty;
  return (
    <Chips label="Type">
      {[
        ...kinds.map((kind) => (
          <Chip
            key={kind}
            on={filter.type === kind}
            toggle={() => change({ type: filter.type === kind ? undefined : kind })}
          >
            {KINDS[kind]} <span className="muted">{stats.by_type[kind] ?? 0}</span>
          </Chip>
        )),
        ...(stats.faulty_files > 0 || faulty
          ? [
              <Chip
                key="faulty"
                on={faulty ?? false}
                toggle={() => change({ faulty: faulty ? undefined : true, q: undefined })}
              >
                With a fault <span className="muted">{stats.faulty_files}</span>
              </Chip>,
            ]
          : []),
      ]}
    </Chips>
  );
}
