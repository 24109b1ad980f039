/** Times to come, moved by the clock of the page. */
import { exactTime } from "@/design/format";
import { useNow } from "@/design/time";
import { dayAndTime, until } from "./words";

/** "in 5 min", with the exact local time on hover. */
export function Until({ at }: { at: string }) {
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={exactTime(moment)}>
      {until(moment, useNow())}
    </time>
  );
}

/** "tomorrow 06:00". */
export function DayAndTime({ at }: { at: string }) {
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={exactTime(moment)}>
      {dayAndTime(moment, useNow())}
    </time>
  );
}
