/** Single calls, the newest first: all of them, or those of one service, one model or one fault. */
import { NativeSelect } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { callsQuery } from "@/api/queries/usage";
import type { CallFlag, UsageModel, UsageService } from "@/api/types";
import { NextPage } from "@/design/NextPage";
import { Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import { type ChangesOf, withChanges } from "@/searchParameters";
import classes from "./Calls.module.css";
import { CallTable } from "./CallTable";
import { FLAGS, USUAL_SPAN, type UsageSearch } from "./filter";

interface CallsProps {
  /** Those that have calls in these days. */
  models: readonly UsageModel[];
  services: readonly UsageService[];
}

export function Calls({ models, services }: CallsProps) {
  const { days = USUAL_SPAN, ...rest } = useSearch({ from: "/usage" });
  const found = useInfiniteQuery(callsQuery({ days, ...rest }));
  const { data, error, refetch, isPlaceholderData } = found;
  const offline = useOffline() !== null;
  const calls = data?.pages.flatMap((page) => page.calls);
  return (
    <>
      <Filters search={rest} models={models} services={services} />
      {calls ? (
        <div className={offline || isPlaceholderData ? "stale" : undefined}>
          {calls.length > 0 ? (
            <CallTable calls={calls} />
          ) : (
            <p className="muted">No such call in these days.</p>
          )}
        </div>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={4} height={36} />
      )}
      <NextPage of={found}>Older calls</NextPage>
    </>
  );
}

function Filters({ search, models, services }: CallsProps & { search: UsageSearch }) {
  const navigate = useNavigate({ from: "/usage" });
  const change = (changes: ChangesOf<UsageSearch>) =>
    void navigate({ search: (now) => withChanges(now, changes), replace: true });
  return (
    <div className={classes.filters}>
      <Choice
        label="Which calls"
        all="All calls"
        values={Object.entries(FLAGS)}
        chosen={search.flag}
        choose={(flag) => change({ flag: flag as CallFlag | undefined })}
      />
      <Choice
        label="Service of the calls"
        all="All services"
        values={named(services.map(({ service }) => service))}
        chosen={search.service}
        choose={(service) => change({ service })}
      />
      <Choice
        label="Model of the calls"
        all="All models"
        values={named(models.map(({ model }) => model))}
        chosen={search.model}
        choose={(model) => change({ model })}
      />
    </div>
  );
}

/** Each once; those that nobody knows have no name to ask for. */
function named(names: readonly (string | null)[]): [string, string][] {
  return [...new Set(names)].filter((name) => name !== null).map((name) => [name, name]);
}

interface ChoiceProps {
  label: string;
  /** What it says where nothing is chosen. */
  all: string;
  values: [string, string][];
  chosen: string | undefined;
  choose: (value: string | undefined) => void;
}

function Choice({ label, all, values, chosen, choose }: ChoiceProps) {
  // One without calls in these days may stand in the address nevertheless.
  const shown = chosen === undefined || values.some(([value]) => value === chosen) ? [] : [chosen];
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={chosen ?? ""}
      onChange={(event) => choose(event.currentTarget.value || undefined)}
      data={[
        { value: "", label: all },
        ...values.map(([value, name]) => ({ value, label: name })),
        ...shown.map((value) => ({ value, label: value })),
      ]}
    />
  );
}
