/** Asks the daemon, while someone types, what would be run and what of the values is wrong. */
import { useEffect, useState } from "react";
import { answer, api } from "@/api/client";
import type { Module, Preview } from "@/api/types";

/** A pause in typing after which it is asked, milliseconds. */
const PAUSE = 250;

interface Answered {
  /** What was asked about. */
  asked: string;
  preview: Preview | null;
  error: unknown;
}

/** Kept by the component alone and in no cache: the values may hold a secret. `current`: it is about these values. */
export function usePreview(module: Module, parameters: Record<string, unknown>) {
  const asked = JSON.stringify(parameters);
  const { id } = module;
  const [known, setKnown] = useState<Answered>({ asked: "", preview: null, error: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another definition of the module has another preview
  useEffect(() => {
    const stop = new AbortController();
    const ask = async () => {
      const body = { parameters: JSON.parse(asked) as Record<string, unknown> };
      const path = { params: { path: { module_id: id } }, body, signal: stop.signal };
      try {
        const preview = await answer(api.POST("/api/modules/{module_id}/preview", path));
        setKnown({ asked, preview, error: null });
      } catch (error) {
        if (!stop.signal.aborted) setKnown({ asked, preview: null, error });
      }
    };
    const timer = setTimeout(() => void ask(), PAUSE);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [id, asked, module]);
  return { preview: known.preview, error: known.error, current: known.asked === asked };
}
