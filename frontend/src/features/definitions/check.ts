/** Asks the daemon, while someone types, what saving would do. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Checked } from "@/api/edits";

/** A pause in typing after which it is asked, milliseconds. */
const PAUSE = 300;

export interface Check {
  /** Of the newest text that was answered; null while nothing was typed. */
  checked: Checked | null;
  /** Whether the answer is about the text as it is now. */
  current: boolean;
  /** Why there is no answer. */
  error: unknown;
}

/** `name` keeps what is asked here apart from other fields; `text` null asks nothing. */
export function useCheck(
  name: readonly string[],
  text: string | null,
  ask: (text: string, signal: AbortSignal) => Promise<Checked>,
): Check {
  const [settled] = useDebouncedValue(text, PAUSE);
  const wanted = settled !== null && settled.trim() !== "";
  const { data, error, isFetching, isPlaceholderData } = useQuery({
    queryKey: ["check", ...name, settled],
    queryFn: ({ signal }) => ask(settled ?? "", signal),
    enabled: wanted,
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  });
  if (!wanted || text === null || text.trim() === "") return { checked: null, current: false, error: null };
  return {
    checked: data ?? null,
    current: settled === text && !isFetching && !isPlaceholderData && error === null,
    error,
  };
}
