"""Schedules on the wire. Times are UTC, durations seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from backend.api.problems import FieldFault
from backend.services.modules.rules import After, Cron, Every, Files, Missed, Slot
from backend.services.runs.happenings import Status
from backend.services.schedules.asking import Wish
from backend.services.schedules.calendar import CalendarDay
from backend.services.schedules.model import Kind, Schedule
from backend.services.schedules.schedules import Preview

Word = str | None
Words = list[str] | None


class ScheduleRequest(BaseModel):
    """Which module is run, and when: exactly one of `cron`, `every`, `after` and `files`."""

    model_config = ConfigDict(extra="forbid")

    module_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")
    name: Word = Field(default=None, max_length=200, description="the module's name where there is none")
    cron: Word = Field(default=None, max_length=200, description="five fields, e.g. `0 6 * * 1-5`, or `@daily`")
    zone: Word = Field(default=None, max_length=100, description="of cron, e.g. `Europe/Prague`; else the machine's")
    every: float | None = Field(default=None, description="seconds from one time to the next")
    after: Words = Field(default=None, max_length=100, description="modules; when a run of one has completed")
    files: Words = Field(default=None, max_length=100, description="whole paths or patterns; when such a file changes")
    settle: float | None = Field(default=None, ge=0, le=3600, description="of files: seconds without another change")
    missed: Missed = Field(default="skip", description="what becomes of times at which nobody was there")
    jitter: float = Field(default=0, ge=0, description="a run begins up to so many seconds after its time")
    overlap: bool = Field(default=False, description="a run begins though the one before still goes")
    parameters: dict[str, Any] = Field(default_factory=dict, description="by name; secret ones are refused")
    paused: bool = Field(default=False, description="only where it is made")

    def wish(self) -> Wish:
        return Wish(**self.model_dump(exclude={"paused"}))


class ScheduleView(BaseModel):
    """A schedule. `declared` is the key of the module's definition that says so; null where it was made here.

    `next_at` is without its jitter; of one that waits for something to happen it is when that has happened and its run
    has not begun. `last_at` is when it was last due, `last_status` what became of its last run as far as that is kept,
    and `last_error` why nothing was run then."""

    id: int
    name: str
    module_id: str
    kind: Kind
    cron: str | None
    zone: str | None
    every: float | None
    after: list[str] | None
    files: list[str] | None
    settle: float | None
    missed: Missed
    jitter: float
    overlap: bool
    parameters: dict[str, Any]
    declared: Slot | None
    paused: bool
    next_at: datetime | None
    last_at: datetime | None
    last_run: str | None
    last_status: Status | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, one: Schedule, outcomes: Mapping[str, str]) -> ScheduleView:
        """`outcomes` has the states of runs by their ids."""
        rule, plan = one.plan.rule, one.plan
        return cls(
            id=one.id,
            name=one.name,
            module_id=one.module_id,
            kind=one.kind,
            cron=rule.expression if isinstance(rule, Cron) else None,
            zone=rule.zone if isinstance(rule, Cron) else None,
            every=rule.seconds if isinstance(rule, Every) else None,
            after=list(rule.modules) if isinstance(rule, After) else None,
            files=list(rule.patterns) if isinstance(rule, Files) else None,
            settle=rule.settle if isinstance(rule, Files) else None,
            missed=plan.missed,
            jitter=plan.jitter,
            overlap=plan.overlap,
            parameters=dict(plan.parameters),
            declared=one.declared,
            paused=one.paused,
            next_at=one.next_at,
            last_at=one.last_at,
            last_run=one.last_run,
            last_status=cast(Status | None, outcomes.get(one.last_run or "")),
            last_error=one.last_error,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class ScheduleList(BaseModel):
    """`local_zone` is the zone of the machine, which schedules go by that name none."""

    schedules: list[ScheduleView]
    total: int
    local_zone: str


class PreviewTime(BaseModel):
    """`local` is the same moment as clocks show it in the zone of the schedule."""

    at: datetime
    local: str


class SchedulePreview(BaseModel):
    """The next five times of a schedule of the clock, without jitter, and all that is wrong with what was asked for."""

    times: list[PreviewTime]
    faults: list[FieldFault]

    @classmethod
    def of(cls, found: Preview) -> SchedulePreview:
        return cls(
            times=[PreviewTime(at=one.astimezone(UTC), local=one.isoformat()) for one in found.times],
            faults=[FieldFault.model_validate(one) for one in found.faults],
        )


class RanOnceView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    run_id: str
    status: Status
    at: datetime


class RanView(BaseModel):
    """Runs of a module that schedules asked for. `outcomes` is how many are in which state; `each` has them one by one
    where they are no more than six, in order."""

    module_id: str
    outcomes: dict[str, int]
    first_at: datetime
    last_at: datetime
    each: list[RanOnceView]


class NotRunView(BaseModel):
    """`count` is how often it was told that times of this schedule were missed, skipped because the run before still
    went, or refused."""

    schedule_id: int
    module_id: str
    name: str
    why: Literal["missed", "skipped_overlap", "failed"]
    count: int


class ComingView(BaseModel):
    """How often a schedule comes, without its jitter. `each` has the times where they are no more than six."""

    schedule_id: int
    module_id: str
    name: str
    count: int
    first_at: datetime
    last_at: datetime
    each: list[datetime]


class CalendarDayView(BaseModel):
    """From `begin` to before `end`."""

    day: date
    begin: datetime
    end: datetime
    ran: list[RanView]
    not_run: list[NotRunView]
    coming: list[ComingView]

    @classmethod
    def of(cls, found: CalendarDay) -> CalendarDayView:
        return cls(
            day=found.day.date,
            begin=found.day.begin,
            end=found.day.end,
            ran=[RanView.model_validate(one, from_attributes=True) for one in found.ran],
            not_run=[NotRunView(**_who(one.schedule), why=one.why, count=one.count) for one in found.not_run],
            coming=[
                ComingView(
                    **_who(one.schedule),
                    count=one.times.count,
                    first_at=one.times.first,
                    last_at=one.times.last,
                    each=list(one.times.each),
                )
                for one in found.coming
            ],
        )


def _who(one: Schedule) -> dict[str, Any]:
    return {"schedule_id": one.id, "module_id": one.module_id, "name": one.name}


class CalendarView(BaseModel):
    """`zone` is the one whose days these are."""

    zone: str
    days: list[CalendarDayView]

    @classmethod
    def of(cls, zone: str, found: Sequence[CalendarDay]) -> CalendarView:
        return cls(zone=zone, days=[CalendarDayView.of(one) for one in found])
