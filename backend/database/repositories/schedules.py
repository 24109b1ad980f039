"""Rows of schedules, and the claims by which each of their times is taken once.

A claim is a lease on the schedule, held in the name of the run that is to be. It is taken in the same unit in which the
schedule goes on to its next time, and given back in the one that records the run; a daemon that dies between the two
leaves it, and the next one knows what is still owed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Case, ColumnElement, Subquery, case, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.database.repositories import leases
from backend.database.repositories.leases import Held
from backend.database.tables.events import EventRow
from backend.database.tables.jobs import JobRow
from backend.database.tables.leases import LeaseRow
from backend.database.tables.runs import RunRow
from backend.database.tables.schedules import ScheduleRow

RESOURCE = "schedule:"  # and the id
HOLDER = "claim:"  # and the id of the run

Values = Mapping[str, Any]
"""Columns of `ScheduleRow` by name."""


async def every(session: AsyncSession) -> list[ScheduleRow]:
    return list(await session.scalars(select(ScheduleRow).order_by(ScheduleRow.id)))


async def add(session: AsyncSession, values: Values) -> ScheduleRow:
    return (await session.scalars(insert(ScheduleRow).values(values).returning(ScheduleRow))).one()


async def change(session: AsyncSession, schedule: int, values: Values) -> ScheduleRow | None:
    """The row as it is then; None where there is none."""
    mine = update(ScheduleRow).where(ScheduleRow.id == schedule).values(values).returning(ScheduleRow)
    return (await session.scalars(mine)).one_or_none()


async def step(session: AsyncSession, schedule: int, seen: datetime | None, values: Values) -> ScheduleRow | None:
    """Writes `values` where the schedule waits for the time `seen` still. The row as it is then; None where not."""
    mine = update(ScheduleRow).where(ScheduleRow.id == schedule, _waits_for(seen)).values(values).returning(ScheduleRow)
    return (await session.scalars(mine)).one_or_none()


async def remove(session: AsyncSession, schedule: int) -> None:
    await session.execute(delete(ScheduleRow).where(ScheduleRow.id == schedule))
    await _release(session, schedule)


async def claim(
    session: AsyncSession, schedule: int, run_id: str, seen: datetime | None, values: Values
) -> ScheduleRow | None:
    """Takes the time `seen` of a schedule for the run, and writes `values`. The row as it is then; None where it has
    another time by now, or is claimed already."""
    row = await session.get(LeaseRow, _resource(schedule))
    if row is not None and row.holder is not None:
        return None
    claimed = await step(session, schedule, seen, values)
    if claimed is not None:
        fencing = 1 if row is None else row.fencing + 1
        await leases.store(session, [Held(_resource(schedule), HOLDER + run_id, fencing, values["last_at"])])
    return claimed


async def settle(session: AsyncSession, schedule: int, values: Values) -> ScheduleRow | None:
    """The claim has become what `values` say, and is given back."""
    await _release(session, schedule)
    return await change(session, schedule, values)


async def claims(session: AsyncSession) -> dict[int, str]:
    """Of each schedule that is claimed the id of the run to be."""
    found = await session.execute(
        select(LeaseRow.resource, LeaseRow.holder).where(LeaseRow.holder.startswith(HOLDER, autoescape=True))
    )
    return {int(row.resource.removeprefix(RESOURCE)): str(row.holder).removeprefix(HOLDER) for row in found}


# What became of times


@dataclass(frozen=True, slots=True)
class Ran:
    """How many runs of a module schedules asked for in a part of the time, and what has become of them."""

    part: int
    module_id: str
    status: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class RanOnce:
    part: int
    module_id: str
    run_id: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """How often something was told of a schedule in a part of the time."""

    part: int
    schedule: str
    type: str
    count: int


async def statuses(session: AsyncSession, run_ids: Collection[str]) -> dict[str, str]:
    """What became of runs, by their ids; of those that are not kept any more nothing."""
    wanted = select(RunRow.run_id, JobRow.status).join(JobRow, JobRow.id == RunRow.job_id)
    found = await session.execute(wanted.where(RunRow.run_id.in_(run_ids)))
    return {row.run_id: row.status for row in found}


async def ran(session: AsyncSession, begin: datetime, ends: Sequence[datetime]) -> list[Ran]:
    """The time is from `begin` to the last of `ends`, each of which ends a part of it."""
    jobs = await _jobs(session, begin, ends)
    sort, at = (jobs.c.part, jobs.c.subject, jobs.c.status), jobs.c.queued_at
    found = await session.execute(select(*sort, func.count(), func.min(at), func.max(at)).group_by(*sort))
    return [Ran(*row) for row in found]


async def ran_each(session: AsyncSession, begin: datetime, ends: Sequence[datetime], few: int) -> list[RanOnce]:
    """One by one, where a module has no more than `few` in a part; in order."""
    jobs = await _jobs(session, begin, ends)
    many = func.count().over(partition_by=(jobs.c.part, jobs.c.subject)).label("many")
    counted = select(jobs, many).subquery()
    found = await session.execute(
        select(counted.c.part, counted.c.subject, RunRow.run_id, counted.c.status, counted.c.queued_at)
        .join(RunRow, RunRow.job_id == counted.c.id)
        .where(counted.c.many <= few)
        .order_by(counted.c.id)
    )
    return [RanOnce(*row) for row in found]


async def told(session: AsyncSession, types: Sequence[str], begin: datetime, ends: Sequence[datetime]) -> list[Told]:
    first = await _first(session, EventRow.seq, EventRow.at, begin)
    after = await _first(session, EventRow.seq, EventRow.at, ends[-1])
    part = _part(EventRow.at, ends)
    found = await session.execute(
        select(part, EventRow.subject, EventRow.type, func.count())
        .where(EventRow.type.in_(types), EventRow.seq >= first, EventRow.seq < after)
        .group_by(part, EventRow.subject, EventRow.type)
    )
    return [Told(part, str(schedule), type_, count) for part, schedule, type_, count in found]


async def _jobs(session: AsyncSession, begin: datetime, ends: Sequence[datetime]) -> Subquery:
    first = await _first(session, JobRow.id, JobRow.queued_at, begin)
    after = await _first(session, JobRow.id, JobRow.queued_at, ends[-1])
    asked_for = (JobRow.requested_by == "schedule", JobRow.job_type == "run", JobRow.id >= first, JobRow.id < after)
    part = _part(JobRow.queued_at, ends).label("part")
    return select(part, JobRow.id, JobRow.subject, JobRow.status, JobRow.queued_at).where(*asked_for).subquery()


def _part(time: InstrumentedAttribute[datetime], ends: Sequence[datetime]) -> Case[int]:
    return case(*((time < end, literal(index)) for index, end in enumerate(ends)), else_=literal(len(ends) - 1))


async def _first(
    session: AsyncSession, key: InstrumentedAttribute[int], time: InstrumentedAttribute[datetime], since: datetime
) -> int:
    """The least key of a row that is of `since` or later. Keys grow with time, so few rows are looked at."""
    low, high = 1, (await session.scalar(select(func.max(key))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        at = await session.scalar(select(time).where(key >= middle).order_by(key).limit(1))
        if at is None or at >= since:
            high = middle
        else:
            low = middle + 1
    return low


def _waits_for(seen: datetime | None) -> ColumnElement[bool]:
    return ScheduleRow.next_at.is_(None) if seen is None else ScheduleRow.next_at == seen


async def _release(session: AsyncSession, schedule: int) -> None:
    free = {"holder": None, "since": None, "renewed": None, "expires": None}
    await session.execute(update(LeaseRow).where(LeaseRow.resource == _resource(schedule)).values(free))


def _resource(schedule: int) -> str:
    return f"{RESOURCE}{schedule}"
