/** The ends of a service that nobody wanted, the newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { crashesQuery } from "@/api/queries/incidents";
import { count } from "@/design/format";
import { NextPage } from "@/design/NextPage";
import { Empty, Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import classes from "./Crash.module.css";
import { CrashCard } from "./CrashCard";

export default function ServiceCrashes({ serviceId }: { serviceId: string }) {
  const found = useInfiniteQuery(crashesQuery(serviceId));
  const { data, error, refetch } = found;
  const offline = useOffline() !== null;
  const [open, setOpen] = useState<number | null>(null);
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={3} height={64} />
    );
  const crashes = data.pages.flatMap((page) => page.crashes);
  const [newest] = crashes;
  if (!newest) return <NoCrash />;
  const shown = open ?? newest.id;
  return (
    <div className={offline ? "stale" : undefined}>
      <p className={`${classes.kept} muted small`}>{count(data.pages[0]?.total ?? crashes.length)} kept</p>
      <ol className={classes.crashes} aria-label="Crashes">
        {crashes.map((crash) => (
          <CrashCard
            key={crash.id}
            crash={crash}
            open={shown === crash.id}
            toggle={() => setOpen(shown === crash.id ? CLOSED : crash.id)}
          />
        ))}
      </ol>
      <NextPage of={found}>Older crashes</NextPage>
    </div>
  );
}

/** No crash has this id: none is open. */
const CLOSED = -1;

function NoCrash() {
  return (
    <Empty title="It has not crashed">
      An end that nobody asked for is kept here: its last lines, what the machine did then, and what had
      changed.
    </Empty>
  );
}
