/** One creator: who it is, when it is fetched from, and what came of it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { Refused } from "@/api/client";
import { creatorQuery, knowledgeStatsQuery } from "@/api/queries/knowledge";
import type { Creator, KnowledgeFile } from "@/api/types";
import { Empty, Failure, Skeletons } from "@/design/states";
import { UpLink } from "@/design/UpLink";
import { useKeys } from "@/shell/keys";
import classes from "./CreatorPage.module.css";
import { LastFetched, NextDue, Priority } from "./CreatorTimes";
import { FileList } from "./FileList";
import { useFetchingFrom } from "./fetching";

type Known = Creator & { files: KnowledgeFile[]; related_files: number };

export default function CreatorPage() {
  const { id } = useParams({ from: "/knowledge/creators/$id" });
  const { data, error, refetch } = useQuery(creatorQuery(id));
  const navigate = useNavigate();
  useKeys([{ keys: "u", does: "All creators", run: () => void navigate({ to: "/knowledge/creators" }) }]);
  return (
    <div className="page">
      {data ? (
        <Shown creator={data} />
      ) : error instanceof Refused && error.problem.error_code === "unknown_creator" ? (
        <Empty
          whole
          title="There is no such creator"
          action={<Link to="/knowledge/creators">All creators</Link>}
        >
          The metadata of the knowledge base knows nobody with this id.
        </Empty>
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={3} height={90} />
      )}
    </div>
  );
}

function Shown({ creator }: { creator: Known }) {
  const { button, outcome } = useFetchingFrom(creator);
  const roots = useQuery(knowledgeStatsQuery).data?.roots ?? [];
  const { files, related_files: related } = creator;
  return (
    <>
      <div className="page-head">
        <h1>
          <UpLink to="/knowledge/creators">Creators</UpLink>
          {creator.name}
        </h1>
        <div className="grow" />
        {button}
      </div>
      {outcome}
      <dl className={`panel ${classes.facts}`}>
        {facts(creator)
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
      </dl>
      <div className="page-head">
        <h2 className={classes.heading}>Files</h2>
        <span className="muted small">{related}</span>
        <div className="grow" />
        {related > files.length && (
          <Link to="/knowledge" search={{ creator: creator.id }}>
            All of them
          </Link>
        )}
      </div>
      {files.length > 0 ? (
        <FileList files={files} roots={roots} label={`Files of ${creator.name}`} />
      ) : (
        <p className="muted">Nothing was fetched from {creator.name} yet.</p>
      )}
    </>
  );
}

function facts(one: Creator): [string, ReactNode][] {
  return [
    ["Priority", <Priority key="priority" creator={one} />],
    ["Last fetched", <LastFetched key="last" creator={one} />],
    ["Next due", <NextDue key="next" creator={one} />],
    ["Focus", one.focus],
    ["Handle", one.handle],
    ["Channel", one.channel_url && <Channel key="channel" address={one.channel_url} />],
    ["Subscribers", one.subscribers],
    ["Agents", [...(one.primary_agents ?? []), ...(one.sub_agents ?? [])].join(", ")],
    ["Categories", one.knowledge_categories?.join(", ")],
    ["Value", one.value_rating],
    ["Notes", one.notes],
  ];
}

/** The metadata may say anything; only an address of the web is a link. */
function Channel({ address }: { address: string }) {
  if (!/^https?:\/\//.test(address)) return address;
  return (
    <a href={address} target="_blank" rel="noreferrer noopener">
      {address}
    </a>
  );
}
