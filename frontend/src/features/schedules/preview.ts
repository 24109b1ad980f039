/** Asks the daemon, while someone types, when a schedule would come and what is wrong with it. */
import { useEffect, useState } from "react";
import { answer, api } from "@/api/client";
import type { SchedulePreview, ScheduleRequest } from "@/api/types";

/** A pause in typing after which it is asked, milliseconds. */
const PAUSE = 250;

interface Answered {
  /** What was asked about. */
  asked: string | null;
  preview: SchedulePreview | null;
  error: unknown;
}

/** Of null nothing is asked. `current`: the answer is about what stands there now. */
export function usePreview(request: ScheduleRequest | null, insteadOf: number | null) {
  const asked = request === null ? null : JSON.stringify(request);
  const [known, setKnown] = useState<Answered>({ asked: null, preview: null, error: null });
  useEffect(() => {
    if (asked === null) return;
    const stop = new AbortController();
    const ask = async () => {
      const query = insteadOf === null ? {} : { instead_of: insteadOf };
      const body = JSON.parse(asked) as ScheduleRequest;
      const call = api.POST("/api/schedules/preview", { params: { query }, body, signal: stop.signal });
      try {
        setKnown({ asked, preview: await answer(call), error: null });
      } catch (error) {
        if (!stop.signal.aborted) setKnown({ asked, preview: null, error });
      }
    };
    const timer = setTimeout(() => void ask(), PAUSE);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked, insteadOf]);
  return { preview: known.preview, error: known.error, current: known.asked === asked };
}
