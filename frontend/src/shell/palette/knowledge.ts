/** Files and agents whose words are those that are typed. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { filesQuery } from "@/api/queries/knowledge";
import { AgentsIcon, KnowledgeIcon } from "@/design/icons";
import { LEAST, selectionOf } from "@/features/knowledge/filter";
import type { Entry } from "./entries";

/** The daemon is asked after a pause in typing, milliseconds. */
const PAUSE = 150;
const FILES = 8;

export function useKnowledgeEntries(typed: string): Entry[] {
  const navigate = useNavigate();
  const words = useSettled(typed.trim());
  const sought = words.length >= LEAST;
  const { data } = useInfiniteQuery({
    ...filesQuery(selectionOf({ q: words }, new Date())),
    enabled: sought,
  });
  if (!sought || typed.trim().length < LEAST) return [];
  const files = data?.pages[0]?.sought ? data.pages[0].files : [];
  return [
    ...files.slice(0, FILES).map((file) => ({
      id: `file ${file.id}`,
      title: file.title || file.path,
      kind: "File",
      note: file.path,
      Icon: KnowledgeIcon,
      found: true,
      run: () => void navigate({ to: "/knowledge/files/$id", params: { id: file.id }, search: { q: words } }),
    })),
    {
      id: "find in knowledge",
      title: `Find “${typed.trim()}” in Knowledge`,
      kind: "Search",
      Icon: KnowledgeIcon,
      found: true,
      run: () => void navigate({ to: "/knowledge", search: { q: typed.trim() } }),
    },
    {
      id: "find in agents",
      title: `Find “${typed.trim()}” in Agents`,
      kind: "Search",
      Icon: AgentsIcon,
      found: true,
      run: () => void navigate({ to: "/agents", search: { q: typed.trim() } }),
    },
  ];
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
