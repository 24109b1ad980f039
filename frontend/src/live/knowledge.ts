/** What the daemon tells of the knowledge base, and what it does to the cache. */
import type { QueryClient } from "@tanstack/react-query";
import { rereadSoon } from "./reread";

/** Agents are read from files too. */
export function knowledgeMoved(cache: QueryClient): void {
  rereadSoon(cache, "knowledge");
  rereadSoon(cache, "agents");
}
