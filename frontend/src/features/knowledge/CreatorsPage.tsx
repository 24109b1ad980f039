/** Who is followed: how much they matter, and when something was and will be fetched from them. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { creatorsQuery } from "@/api/queries/knowledge";
import type { Creator } from "@/api/types";
import { Chip, Chips } from "@/design/Chips";
import { SearchField } from "@/design/SearchField";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import { type ChangesOf, withChanges } from "@/searchParameters";
import { useKeys } from "@/shell/keys";
import { useRowMoves } from "@/shell/rows";
import classes from "./CreatorsPage.module.css";
import { LastFetched, NextDue, Priority } from "./CreatorTimes";
import { type CreatorFilter, fitting, TIERS } from "./creators";
import { FaultList } from "./FaultList";
import { useFetching, useFetchingFrom } from "./fetching";
import { KnowledgeHead } from "./KnowledgeHead";

export default function CreatorsPage() {
  const { data, error, refetch } = useQuery(creatorsQuery);
  const everyone = data?.creators ?? [];
  const due = everyone.filter((one) => one.due && !one.fetching).length;
  const { button, outcome } = useFetching({ due: true }, "Fetch from all who are due", false);
  return (
    <div className="page">
      <KnowledgeHead actions={due > 0 && button} />
      {outcome}
      {data ? (
        <>
          <FaultList title="What is wrong in the metadata" faults={data.faults} />
          {everyone.length > 0 ? <Creators creators={everyone} /> : <NoCreators />}
        </>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={6} height={56} />
      )}
    </div>
  );
}

function NoCreators() {
  return (
    <Empty title="No creators are known">
      <p>
        A file <code>creator-database.json</code> below a root says who is followed, with which priority; the
        scheduler then fetches from each when it is due.
      </p>
    </Empty>
  );
}

function Creators({ creators }: { creators: readonly Creator[] }) {
  const filter = useSearch({ from: "/knowledge/creators" });
  const navigate = useNavigate({ from: "/knowledge/creators" });
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const offline = useOffline();
  useKeys([{ keys: "/", does: "Filter the creators", run: () => input.current?.select() }]);
  useRowMoves(list, "creator");
  const change = (changes: ChangesOf<CreatorFilter>) =>
    void navigate({ search: (now) => withChanges(now, changes), replace: true });
  const shown = fitting(creators, filter);
  return (
    <>
      <div className={classes.filters}>
        <SearchField
          label="Filter the creators"
          placeholder="Filter ( / )"
          value={filter.q ?? ""}
          change={(words) => change({ q: words || undefined })}
          pause={0}
          input={input}
        />
        <Chips label="Priority">
          {TIERS.filter((tier) => creators.some(({ priority }) => priority === tier)).map((tier) => (
            <Chip
              key={tier}
              on={filter.priority === tier}
              toggle={() => change({ priority: filter.priority === tier ? undefined : tier })}
            >
              {tier}
            </Chip>
          ))}
        </Chips>
        <Chips label="When">
          {[
            <Chip
              key="due"
              on={filter.due ?? false}
              toggle={() => change({ due: filter.due ? undefined : true })}
            >
              due now
            </Chip>,
          ]}
        </Chips>
      </div>
      <div ref={list} className={offline === null ? undefined : "stale"}>
        {shown.length > 0 ? (
          <CreatorTable creators={shown} />
        ) : (
          <Empty
            title="No creator matches"
            action={
              <Link to="/knowledge/creators" replace>
                Show all {creators.length}
              </Link>
            }
          />
        )}
      </div>
    </>
  );
}

function CreatorTable({ creators }: { creators: readonly Creator[] }) {
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <caption className="unseen">Creators</caption>
        <thead>
          <tr>
            <th scope="col">Creator</th>
            <th scope="col" className={classes.tier}>
              Priority
            </th>
            <th scope="col" className={classes.time}>
              Last fetched
            </th>
            <th scope="col" className={classes.time}>
              Next due
            </th>
            <th scope="col" className={classes.action}>
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {creators.map((creator) => (
            <Row key={creator.id} creator={creator} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ creator }: { creator: Creator }) {
  const { button, outcome } = useFetchingFrom(creator);
  return (
    <tr>
      <td className={classes.name}>
        <Link to="/knowledge/creators/$id" params={{ id: creator.id }} data-row>
          {creator.name}
        </Link>
        {creator.focus && <p className="muted small">{creator.focus}</p>}
        {outcome}
      </td>
      <td>
        <Priority creator={creator} />
      </td>
      <td data-name="Last fetched">
        <LastFetched creator={creator} />
      </td>
      <td data-name="Next due">
        <NextDue creator={creator} />
      </td>
      <td className={classes.buttons}>{button}</td>
    </tr>
  );
}
