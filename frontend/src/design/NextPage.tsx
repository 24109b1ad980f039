/** The way to the next page of a list that is read page by page, and why it did not come. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./NextPage.module.css";
import { Failure } from "./states";

/** What a query for pages tells of the next one. */
interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage: () => Promise<unknown>;
}

export function NextPage({ of, children }: { of: Pages; children: ReactNode }) {
  if (!of.hasNextPage) return null;
  return (
    <div className={classes.next}>
      {of.isFetchNextPageError && <Failure error={of.error} />}
      <Button variant="default" loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        {children}
      </Button>
    </div>
  );
}
