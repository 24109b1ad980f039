/** What ran by itself, what did not, and what will: a month or a week of it. */
import { ActionIcon, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { calendarQuery, schedulesQuery } from "@/api/queries/schedules";
import type { CalendarDay } from "@/api/types";
import { Chip, Chips } from "@/design/Chips";
import { BackIcon, ForthIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import { useNow } from "@/design/time";
import { useKeys } from "@/shell/keys";
import { useRowMoves } from "@/shell/rows";
import { CalendarDays } from "./CalendarDays";
import classes from "./CalendarPage.module.css";
import { NewSchedule } from "./SchedulesPage";
import { SchedulesTabs } from "./SchedulesTabs";
import { type CalendarSearch, otherMonth, plusDays, spanOf, spanWords, today } from "./span";
import { personZone } from "./words";

export default function CalendarPage() {
  const list = useRef<HTMLDivElement>(null);
  const now = today(new Date(useNow()));
  const { span = "month", day = now } = useSearch({ from: "/schedules/calendar" });
  const { from, days } = spanOf(day, span);
  const { data, error, refetch, isPlaceholderData } = useQuery(calendarQuery(from, days, personZone()));
  useRowMoves(list, "entry");
  return (
    <div className="page">
      <div className="page-head">
        <h1>Schedules</h1>
        <div className="grow" />
        <NewSchedule />
      </div>
      <SchedulesTabs />
      <Tools day={day} span={span} now={now} />
      <div ref={list} aria-busy={isPlaceholderData}>
        {data ? (
          <Shown days={data.days} span={span} day={day} today={now} />
        ) : error ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : (
          <Skeletons count={days / 7} height={span === "week" ? 400 : 118} />
        )}
      </div>
    </div>
  );
}

interface ShownProps {
  days: readonly CalendarDay[];
  span: "week" | "month";
  day: string;
  today: string;
}

function Shown(props: ShownProps) {
  const schedules = useQuery(schedulesQuery).data;
  const isEmpty = props.days.every(
    ({ ran, coming, not_run: notRun }) => ran.length + coming.length + notRun.length === 0,
  );
  return (
    <>
      {isEmpty && (
        <p className={`${classes.nothing} muted`} role="status">
          {schedules?.total === 0 ? (
            <>
              Nothing runs by itself yet. <Link to="/schedules/new">Make a schedule</Link>, and its times
              stand here.
            </>
          ) : (
            `Nothing ran by itself in this ${props.span}, and nothing is to come.`
          )}
        </p>
      )}
      <CalendarDays {...props} />
    </>
  );
}

function Tools({ day, span, now }: { day: string; span: "week" | "month"; now: string }) {
  const navigate = useNavigate();
  const show = (next: { span?: "week" | "month"; day?: string }) => {
    const { span: kind = span, day: at = day } = next;
    const search: CalendarSearch = {
      ...(kind === "week" ? { span: kind } : {}),
      ...(at === now ? {} : { day: at }),
    };
    void navigate({ to: "/schedules/calendar", search, replace: true });
  };
  const move = (by: 1 | -1) => show({ day: span === "week" ? plusDays(day, 7 * by) : otherMonth(day, by) });
  useKeys([
    { keys: "p", does: `The ${span} before`, run: () => move(-1) },
    { keys: "n", does: `The ${span} after`, run: () => move(1) },
    { keys: "t", does: "Today", run: () => show({ day: now }) },
    { keys: "w", does: "A week", run: () => show({ span: "week" }) },
    { keys: "m", does: "A month", run: () => show({ span: "month" }) },
  ]);
  return (
    <div className={classes.tools}>
      <ActionIcon variant="default" aria-label={`The ${span} before`} title="p" onClick={() => move(-1)}>
        <BackIcon size={16} />
      </ActionIcon>
      <ActionIcon variant="default" aria-label={`The ${span} after`} title="n" onClick={() => move(1)}>
        <ForthIcon size={16} />
      </ActionIcon>
      <Button variant="default" title="t" onClick={() => show({ day: now })}>
        Today
      </Button>
      <h2 className={classes.span} aria-live="polite">
        {spanWords(day, span)}
      </h2>
      <div className="grow" />
      <Chips label="How much is shown">
        <Chip on={span === "month"} toggle={() => show({ span: "month" })}>
          Month
        </Chip>
        <Chip on={span === "week"} toggle={() => show({ span: "week" })}>
          Week
        </Chip>
      </Chips>
    </div>
  );
}
