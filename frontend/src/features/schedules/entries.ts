/** The lines of a day in the calendar, in the order of their times. */
import type { CalendarDay } from "@/api/types";

type Ran = CalendarDay["ran"][number];
type Coming = CalendarDay["coming"][number];
type NotRun = CalendarDay["not_run"][number];

export type Entry =
  | { kind: "ran"; key: string; at: number; module: string; run: Ran["each"][number] }
  | { kind: "ran often"; key: string; at: number; ran: Ran }
  | { kind: "comes"; key: string; at: number; coming: Coming }
  | { kind: "comes often"; key: string; at: number; coming: Coming }
  | { kind: "not run"; key: string; at: number; notRun: NotRun };

/** Those that come often are one line each, however often. What was not run stands first: its times are not told. */
export function entriesOf({ begin, ran, not_run: notRun, coming }: CalendarDay): Entry[] {
  const entries: Entry[] = [
    ...notRun.map(
      (one): Entry => ({
        kind: "not run",
        key: `not ${one.schedule_id} ${one.why}`,
        at: Date.parse(begin),
        notRun: one,
      }),
    ),
    ...ran.flatMap((one): Entry[] =>
      one.each.length > 0
        ? one.each.map((run) => ({
            kind: "ran",
            key: run.run_id,
            at: Date.parse(run.at),
            module: one.module_id,
            run,
          }))
        : [{ kind: "ran often", key: `ran ${one.module_id}`, at: Date.parse(one.first_at), ran: one }],
    ),
    ...coming.flatMap((one): Entry[] =>
      one.each.length > 0
        ? one.each.map((at) => ({
            kind: "comes",
            key: `${one.schedule_id} ${at}`,
            at: Date.parse(at),
            coming: one,
          }))
        : [
            {
              kind: "comes often",
              key: `often ${one.schedule_id}`,
              at: Date.parse(one.first_at),
              coming: one,
            },
          ],
    ),
  ];
  return entries.sort((a, b) => a.at - b.at);
}
