/** The moment that is looked at, and the stretch of the past it is chosen from; both live in the URL. */

export interface MomentSearch {
  /** ISO 8601, UTC; now where it is not given. */
  at?: string;
  /** How far back the track reaches. */
  hours?: number;
}

/** Hours that the track can span, in words. */
export const TRACKS: Record<number, string> = {
  1: "1 hour",
  6: "6 hours",
  24: "24 hours",
  168: "7 days",
  720: "30 days",
};
export const USUAL_TRACK = 24;

export function readMomentSearch({ at, hours }: Record<string, unknown>): MomentSearch {
  const moment = Date.parse(String(at));
  return {
    ...(Number.isNaN(moment) ? {} : { at: new Date(moment).toISOString() }),
    ...(Number(hours) in TRACKS && Number(hours) !== USUAL_TRACK ? { hours: Number(hours) } : {}),
  };
}

const HOUR = 3_600_000;

export interface Track {
  /** Epoch milliseconds. */
  from: number;
  to: number;
  /** The least that the slider moves, milliseconds. */
  step: number;
}

/** The track ends now, or where the moment lies further back than it reaches, around the moment. */
export function trackOf({ at, hours = USUAL_TRACK }: MomentSearch, now: number): Track {
  const moment = at === undefined ? now : Math.min(Date.parse(at), now);
  const whole = hours * HOUR;
  const to = moment < now - whole ? moment + whole / 2 : now;
  return { from: to - whole, to, step: Math.max(1000, whole / 2000) };
}
