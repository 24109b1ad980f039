/** The lines of a day in the calendar. */
import type { CalendarDay } from "@/api/types";

type Ran = CalendarDay["ran"][number];
type Coming = CalendarDay["coming"][number];
type NotRun = CalendarDay["not_run"][number];

export type Entry =
  | { kind: "not run"; key: string; notRun: NotRun }
  | { kind: "ran"; key: string; at: number; module: string; run: Ran["each"][number] }
  | { kind: "comes"; key: string; at: number; coming: Coming }
  | { kind: "ran often"; key: string; ran: Ran }
  | { kind: "comes often"; key: string; coming: Coming };

/**
 * What was not run stands first, then each run and each time in order, then what comes more than `most` times, which is
 * one line each, however often: it would hide the others.
 */
export function entriesOf({ ran, not_run: notRun, coming }: CalendarDay, most: number): Entry[] {
  const few = (each: readonly unknown[]) => each.length > 0 && each.length <= most;
  const single = [
    ...ran.filter(({ each }) => few(each)).flatMap(ranEach),
    ...coming.filter(({ each }) => few(each)).flatMap(comesEach),
  ];
  return [
    ...notRun.map(
      (one): Entry => ({ kind: "not run", key: `not ${one.schedule_id} ${one.why}`, notRun: one }),
    ),
    ...single.sort((a, b) => a.at - b.at),
    ...ran
      .filter(({ each }) => !few(each))
      .map((one): Entry => ({ kind: "ran often", key: `ran ${one.module_id}`, ran: one })),
    ...coming
      .filter(({ each }) => !few(each))
      .map((one): Entry => ({ kind: "comes often", key: `often ${one.schedule_id}`, coming: one })),
  ];
}

function ranEach(one: Ran) {
  return one.each.map((run) => ({
    kind: "ran" as const,
    key: run.run_id,
    at: Date.parse(run.at),
    module: one.module_id,
    run,
  }));
}

function comesEach(one: Coming) {
  return one.each.map((at) => ({
    kind: "comes" as const,
    key: `${one.schedule_id} ${at}`,
    at: Date.parse(at),
    coming: one,
  }));
}
