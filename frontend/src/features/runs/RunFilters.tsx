/** What the history is narrowed to: words, module, state and time. */
import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import { modulesQuery } from "@/api/queries/modules";
import type { RunStatus } from "@/api/types";
import { dayOf } from "@/design/format";
import { SearchField } from "@/design/SearchField";
import type { ChangesOf } from "@/searchParameters";
import { type RunSearch, SPANS } from "./filter";
import classes from "./RunsPage.module.css";
import { RUN_STATUSES, statusName } from "./statuses";

export type Changes = ChangesOf<RunSearch>;

interface FiltersProps {
  search: RunSearch;
  change: (changes: Changes) => void;
  input: RefObject<HTMLInputElement | null>;
}

export function RunFilters({ search, change, input }: FiltersProps) {
  return (
    <div className={classes.filters}>
      <WordsField search={search} change={change} input={input} />
      <ModuleField search={search} change={change} />
      <NativeSelect
        size="xs"
        aria-label="State"
        value={search.status ?? ""}
        onChange={(event) =>
          change({ status: (event.currentTarget.value || undefined) as RunStatus | undefined })
        }
        data={[
          { value: "", label: "All states" },
          ...RUN_STATUSES.map((value) => ({ value, label: statusName(value) })),
        ]}
      />
      <TimeFields search={search} change={change} />
    </div>
  );
}

/** A pause in typing after which the daemon is asked, milliseconds. */
const PAUSE = 250;

function WordsField({ search, change, input }: FiltersProps) {
  return (
    <SearchField
      className={classes.search}
      label="Search the runs"
      title="Words that occur in the id, the parameters, the last message or the reason"
      placeholder="Search ( / )"
      value={search.q ?? ""}
      change={(words) => change({ q: words || undefined })}
      pause={PAUSE}
      input={input}
    />
  );
}

function ModuleField({ search, change }: Omit<FiltersProps, "input">) {
  const modules = useQuery(modulesQuery).data?.modules ?? [];
  const known = modules.map(({ id, name }) => ({ value: id, label: name }));
  // One that is no longer declared has a history nevertheless.
  if (search.module && !modules.some(({ id }) => id === search.module))
    known.push({ value: search.module, label: search.module });
  return (
    <NativeSelect
      size="xs"
      aria-label="Module"
      value={search.module ?? ""}
      onChange={(event) => change({ module: event.currentTarget.value || undefined })}
      data={[{ value: "", label: "All modules" }, ...known]}
    />
  );
}

const DAYS = "days";

function TimeFields({ search, change }: Omit<FiltersProps, "input">) {
  const { hours, from, to } = search;
  const byDays = from !== undefined || to !== undefined;
  const choose = (chosen: string) => {
    const day = chosen === DAYS ? dayOf(new Date()) : undefined;
    change({ hours: Number(chosen) || undefined, from: day, to: day });
  };
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label="Time"
        value={byDays ? DAYS : (hours ?? "")}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[
          { value: "", label: "Any time" },
          ...Object.entries(SPANS).map(([value, label]) => ({ value, label })),
          { value: DAYS, label: "Days" },
        ]}
      />
      {byDays && (
        <>
          <DayField
            name="First day"
            value={from}
            most={to}
            choose={(day) => change({ from: day, to: to ?? day })}
          />
          <DayField
            name="Last day"
            value={to}
            least={from}
            choose={(day) => change({ to: day, from: from ?? day })}
          />
        </>
      )}
    </>
  );
}

interface DayProps {
  name: string;
  value: string | undefined;
  least?: string | undefined;
  most?: string | undefined;
  choose: (day: string | undefined) => void;
}

function DayField({ name, value = "", least = "", most = "", choose }: DayProps) {
  return (
    <TextInput
      size="xs"
      type="date"
      aria-label={name}
      min={least}
      max={most}
      value={value}
      onChange={(event) => choose(event.currentTarget.value || undefined)}
    />
  );
}
