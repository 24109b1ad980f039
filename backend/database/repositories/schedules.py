"""Rows of schedules, and the claims by which each of their times is taken once.

A claim is a lease on the schedule, held in the name of the run that is to be. It is taken in the same unit in which the
schedule goes on to its next time, and given back in the one that records the run; a daemon that dies between the two
leaves it, and the next one knows what is still owed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Case, ColumnElement, and_, case, delete, func, insert, literal, or_, select, update
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
GROUPS_AT_ONCE = 100  # that one statement asks for

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
    """How many runs of a module that schedules asked for in a part of the time have become the same, when they were
    asked for, and the numbers of their jobs."""

    part: int
    module_id: str
    status: str
    count: int
    first: datetime
    last: datetime
    first_id: int
    last_id: int


@dataclass(frozen=True, slots=True)
class RanOnce:
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
    first = await _first(session, JobRow.id, JobRow.queued_at, begin)
    after = await _first(session, JobRow.id, JobRow.queued_at, ends[-1])
    sort, at = (_part(JobRow.queued_at, ends), JobRow.subject, JobRow.status), JobRow.queued_at
    found = await session.execute(
        select(*sort, func.count(), func.min(at), func.max(at), func.min(JobRow.id), func.max(JobRow.id))
        .where(_BY_SCHEDULES, JobRow.id >= first, JobRow.id < after)
        .group_by(*sort)
    )
    return [
        Ran(part, str(module_id), status, count, first_at, last_at, first_id, last_id)
        for part, module_id, status, count, first_at, last_at, first_id, last_id in found
    ]


async def ran_each(session: AsyncSession, groups: Iterable[Ran]) -> list[RanOnce]:
    """The runs of small groups one by one, in order."""
    found: list[tuple[int, RanOnce]] = []
    conditions = [_is_of(group) for group in groups]
    for start in range(0, len(conditions), GROUPS_AT_ONCE):
        wanted = or_(*conditions[start : start + GROUPS_AT_ONCE])
        rows = await session.execute(
            select(JobRow.id, JobRow.subject, JobRow.status, JobRow.queued_at, RunRow.run_id)
            .join(RunRow, RunRow.job_id == JobRow.id)
            .where(_BY_SCHEDULES, wanted)
        )
        found += [(row.id, RanOnce(str(row.subject), row.run_id, row.status, row.queued_at)) for row in rows]
    return [one for _, one in sorted(found, key=lambda numbered: numbered[0])]


def _is_of(group: Ran) -> ColumnElement[bool]:
    return and_(
        JobRow.subject == group.module_id,
        JobRow.status == group.status,
        JobRow.id.between(group.first_id, group.last_id),
    )


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


_BY_SCHEDULES = and_(JobRow.requested_by == "schedule", JobRow.job_type == "run")


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
