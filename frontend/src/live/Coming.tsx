/** What stands in the place of a part of the page that is still being loaded. */
import { Empty, Skeletons } from "@/design/states";
import { useOffline } from "./context";

export function Coming({ height }: { height: number }) {
  if (useOffline() === null) return <Skeletons count={1} height={height} />;
  return <Empty title="Not loaded yet">It comes as soon as the daemon answers again.</Empty>;
}
