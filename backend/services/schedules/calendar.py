"""What ran without anybody asking, what did not, and what comes, day by day."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal, get_args

from backend.database.database import Database
from backend.database.repositories import schedules as table
from backend.database.repositories.schedules import Ran, RanOnce, Told
from backend.services.modules.rules import Cron, Every
from backend.services.schedules.book import Book
from backend.services.schedules.days import FEW, Day, Times, within
from backend.services.schedules.model import Schedule

Why = Literal["missed", "skipped_overlap", "failed"]

NOT_RUN: Mapping[str, Why] = {f"schedule.{why}": why for why in get_args(Why)}


@dataclass(frozen=True, slots=True)
class PastRuns:
    """The runs of a module that schedules asked for: how many are in which state, and each where they are few."""

    module_id: str
    outcomes: Mapping[str, int]
    first_at: datetime
    last_at: datetime
    each: Sequence[RanOnce]


@dataclass(frozen=True, slots=True)
class NotRun:
    """`why` is `missed`, `skipped_overlap` or `failed`; `count` is how often that was told."""

    schedule: Schedule
    why: Why
    count: int


@dataclass(frozen=True, slots=True)
class Coming:
    """When a schedule comes, without its jitter."""

    schedule: Schedule
    times: Times


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: Day
    ran: Sequence[PastRuns]
    not_run: Sequence[NotRun]
    coming: Sequence[Coming]


async def calendar(database: Database, book: Book, wanted: Sequence[Day]) -> Sequence[CalendarDay]:
    """Raises `DatabaseUnavailable`."""
    await book.open()
    now = book.clock.now()
    past = [one for one in wanted if one.begin <= now]
    ran, told = await _past(database, past) if past else ({}, [])
    entries = tuple(book.entries.values())
    coming = await asyncio.to_thread(_coming, entries, wanted, now, book.local)
    return [
        CalendarDay(day, ran.get(part, ()), tuple(_not_run(told, part, book.entries)), coming[part])
        for part, day in enumerate(wanted)
    ]


async def _past(database: Database, past: Sequence[Day]) -> tuple[Mapping[int, Sequence[PastRuns]], Sequence[Told]]:
    begin, ends = past[0].begin, [one.end for one in past]
    async with database.read() as session:
        ran = await table.ran(session, begin, ends)
        groups = _by_day_and_module(ran)
        each = await table.ran_each(session, (one for some in groups.values() if _are_few(some) for one in some))
        told = await table.told(session, tuple(NOT_RUN), begin, ends)
    singles: dict[str, list[RanOnce]] = defaultdict(list)
    for one in each:
        singles[one.module_id].append(one)
    found: dict[int, list[PastRuns]] = defaultdict(list)
    for (part, module_id), some in groups.items():
        day = past[part]
        few = [one for one in singles[module_id] if day.begin <= one.at < day.end] if _are_few(some) else []
        found[part].append(_runs_of(module_id, some, few))
    return found, told


def _by_day_and_module(ran: Iterable[Ran]) -> Mapping[tuple[int, str], Sequence[Ran]]:
    groups: dict[tuple[int, str], list[Ran]] = defaultdict(list)
    for one in ran:
        groups[one.part, one.module_id].append(one)
    return groups


def _are_few(groups: Sequence[Ran]) -> bool:
    return sum(one.count for one in groups) <= FEW


def _runs_of(module_id: str, parts: Sequence[Ran], each: Sequence[RanOnce]) -> PastRuns:
    return PastRuns(
        module_id,
        {one.status: one.count for one in parts},
        min(one.first for one in parts),
        max(one.last for one in parts),
        tuple(each),
    )


def _not_run(told: Iterable[Told], part: int, schedules: Mapping[int, Schedule]) -> Iterator[NotRun]:
    for one in told:
        schedule = schedules.get(int(one.schedule))
        if one.part == part and schedule is not None:  # of one that was removed nobody can be told more
            yield NotRun(schedule, NOT_RUN[one.type], one.count)


def _coming(
    schedules: Iterable[Schedule], wanted: Sequence[Day], now: datetime, local: tzinfo
) -> Sequence[Sequence[Coming]]:
    found: list[list[Coming]] = [[] for _ in wanted]
    for one in schedules:
        if one.next_at is None or not isinstance(one.plan.rule, (Cron, Every)):
            continue
        for part, day in enumerate(wanted):
            times = within(one.plan.rule, one.next_at, max(day.begin, now), day.end, local)
            if times is not None:
                found[part].append(Coming(one, times))
    return found
