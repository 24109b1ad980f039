/** Is all well? One sentence for the whole, what needs a person, every service as a tile, and what goes on. */
import { useQuery } from "@tanstack/react-query";
import { servicesQuery } from "@/api/queries/supervisor";
import { Failure, Skeletons } from "@/design/states";
import { useStaleness } from "@/live/context";
import { Machine } from "./Machine";
import { NeedList } from "./NeedList";
import classes from "./OverviewPage.module.css";
import { RunsNow } from "./RunsNow";
import { SpendToday } from "./SpendToday";
import { useNeeds } from "./useNeeds";
import { VerdictLine } from "./VerdictLine";
import { Wall } from "./Wall";

export function OverviewPage() {
  const { data, error, refetch } = useQuery(servicesQuery);
  const stale = useStaleness("services");
  const found = useNeeds();
  return (
    <div className="page">
      <VerdictLine found={found} services={data?.services} />
      <NeedList found={found} />
      <div className={classes.parts}>
        <section className={classes.services} aria-label="Services">
          {stale !== null && data && <p className="muted small">These numbers are {stale} s old.</p>}
          {data ? (
            <div className={stale === null ? undefined : "stale"}>
              <Wall services={data.services} />
            </div>
          ) : error ? (
            <Failure error={error} retry={() => void refetch()} />
          ) : (
            <Skeletons count={8} height={112} className={classes.waiting as string} />
          )}
        </section>
        <div className={classes.beside}>
          <RunsNow />
          <Machine />
          <SpendToday />
        </div>
      </div>
    </div>
  );
}
