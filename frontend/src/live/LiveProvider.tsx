/** Keeps the connection as long as the page is open, and speaks changes of state to screen readers. */
import type { QueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { LiveContext } from "./context";
import { Live } from "./live";

export function LiveProvider({ cache, children }: { cache: QueryClient; children: ReactNode }) {
  const [sentence, setSentence] = useState("");
  const [live] = useState(() => new Live(cache, setSentence));
  useEffect(() => {
    live.start();
    const awake = () => document.visibilityState === "visible" && live.retry();
    document.addEventListener("visibilitychange", awake);
    return () => {
      document.removeEventListener("visibilitychange", awake);
      live.stop();
    };
  }, [live]);
  return (
    <LiveContext value={live}>
      {children}
      <div className="unseen" role="status" aria-live="polite" data-announcer>
        {sentence}
      </div>
    </LiveContext>
  );
}
