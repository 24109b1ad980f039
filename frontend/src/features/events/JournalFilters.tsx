/** What the journal is narrowed to: words, areas, types, subject, who asked and time. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type RefObject, useRef } from "react";
import { eventTypesQuery } from "@/api/queries/events";
import { Chip, Chips } from "@/design/Chips";
import { dayOf } from "@/design/format";
import { SearchField } from "@/design/SearchField";
import { type ChangesOf, toggled } from "@/searchParameters";
import { AREAS, type Area } from "./areas";
import classes from "./EventsPage.module.css";
import { ACTORS, isNarrowed, type JournalSearch, SPANS } from "./filter";

export type Changes = ChangesOf<JournalSearch>;

interface FiltersProps {
  search: JournalSearch;
  change: (changes: Changes) => void;
  input: RefObject<HTMLInputElement | null>;
}

/** A pause in typing after which the daemon is asked, milliseconds. */
const PAUSE = 250;

export function JournalFilters({ search, change, input }: FiltersProps) {
  const subject = useRef<HTMLInputElement>(null);
  return (
    <>
      <div className={classes.filters}>
        <SearchField
          className={classes.search}
          label="Search the events"
          title="Words that occur in the type or the subject"
          placeholder="Search ( / )"
          value={search.q ?? ""}
          change={(words) => change({ q: words || undefined })}
          pause={PAUSE}
          input={input}
        />
        <SearchField
          label="Subject"
          title="The whole id of what it happened to: of a service, a run, a schedule"
          placeholder="Subject"
          value={search.subject ?? ""}
          change={(words) => change({ subject: words.trim() || undefined })}
          pause={PAUSE}
          input={subject}
        />
        <AnotherType search={search} change={change} />
        <NativeSelect
          size="xs"
          aria-label="Who asked"
          value={search.actor ?? ""}
          onChange={(event) => change({ actor: event.currentTarget.value || undefined })}
          data={[
            { value: "", label: "Whoever asked" },
            ...Object.entries(ACTORS).map(([value, label]) => ({ value, label: `By ${label}` })),
          ]}
        />
        <Times search={search} change={change} />
        {isNarrowed(search) && (
          <Button variant="subtle" size="xs" onClick={() => change(NOTHING)}>
            Show all
          </Button>
        )}
      </div>
      <div className={classes.chips}>
        <Chips label="Areas">
          {(Object.entries(AREAS) as [Area, string][]).map(([area, word]) => (
            <Chip
              key={area}
              on={search.area?.includes(area) ?? false}
              toggle={() => change({ area: toggled(search.area, area) })}
            >
              {word}
            </Chip>
          ))}
        </Chips>
        {search.cause && (
          <Chip on toggle={() => change({ cause: undefined })}>
            What one event led to
            <span aria-hidden="true">×</span>
          </Chip>
        )}
        {search.type && (
          <Chips label="Types">
            {search.type.map((type) => (
              <Chip key={type} on toggle={() => change({ type: toggled(search.type, type) })}>
                <span className="mono">{type}</span>
                <span aria-hidden="true">×</span>
              </Chip>
            ))}
          </Chips>
        )}
      </div>
    </>
  );
}

export const NOTHING: Changes = {
  area: undefined,
  type: undefined,
  subject: undefined,
  actor: undefined,
  cause: undefined,
  q: undefined,
  hours: undefined,
  from: undefined,
  to: undefined,
};

/** Those that the journal has, of the areas that are chosen. */
function AnotherType({ search: { area, type = [] }, change }: Omit<FiltersProps, "input">) {
  const known = useQuery(eventTypesQuery).data?.types ?? [];
  const others = known
    .filter((one) => !type.includes(one.type) && (!area || area.some((chosen) => chosen === one.area)))
    .map((one) => one.type);
  return (
    <NativeSelect
      size="xs"
      aria-label="Type"
      value=""
      onChange={(event) => change({ type: toggled(type, event.currentTarget.value) })}
      data={[
        { value: "", label: type.length > 0 ? "Another type…" : "All types" },
        ...others.toSorted().map((value) => ({ value, label: value })),
      ]}
    />
  );
}

const BETWEEN = "between";

function Times({ search: { hours, from, to }, change }: Omit<FiltersProps, "input">) {
  const between = from !== undefined || to !== undefined;
  const choose = (chosen: string) => {
    const today = chosen === BETWEEN ? dayOf(new Date()) : undefined;
    change({
      hours: Number(chosen) || undefined,
      from: today && `${today}T00:00`,
      to: undefined,
    });
  };
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label="Time"
        value={between ? BETWEEN : (hours ?? "")}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[
          { value: "", label: "Any time" },
          ...Object.entries(SPANS).map(([value, label]) => ({ value, label })),
          { value: BETWEEN, label: "Between…" },
        ]}
      />
      {between && (
        <>
          <Minute name="From" value={from} choose={(minute) => change({ from: minute })} />
          <Minute name="Until" value={to} choose={(minute) => change({ to: minute })} />
        </>
      )}
    </>
  );
}

interface MinuteProps {
  name: string;
  value: string | undefined;
  choose: (minute: string | undefined) => void;
}

function Minute({ name, value = "", choose }: MinuteProps) {
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      aria-label={name}
      value={value}
      onChange={(event) => choose(event.currentTarget.value || undefined)}
    />
  );
}
