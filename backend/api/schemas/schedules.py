"""Schedules on the wire. Times are UTC, durations seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from backend.services.modules.rules import After, Cron, Every, Files, Missed, Slot
from backend.services.schedules.asking import Wish
from backend.services.schedules.model import Kind, Schedule

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
    has not begun. `last_at` is when it was last due, and `last_error` why nothing was run then."""

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
    last_error: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, one: Schedule) -> ScheduleView:
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
            last_error=one.last_error,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class ScheduleList(BaseModel):
    schedules: list[ScheduleView]
    total: int


class ComingView(BaseModel):
    """A time at which a schedule comes, without its jitter."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    schedule_id: int
    module_id: str
    name: str


class CalendarView(BaseModel):
    """In order. At most 1000; `complete_until` is how far they are all that there are."""

    model_config = ConfigDict(from_attributes=True)

    times: list[ComingView]
    complete_until: datetime
