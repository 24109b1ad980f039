"""Rows of schedules, and the claims by which each of their times is taken once.

A claim is a lease on the schedule, held in the name of the run that is to be. It is taken in the same unit in which the
schedule goes on to its next time, and given back in the one that records the run; a daemon that dies between the two
leaves it, and the next one knows what is still owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.repositories import leases
from backend.database.repositories.leases import Held
from backend.database.tables.leases import LeaseRow
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
    there = ScheduleRow.next_at.is_(None) if seen is None else ScheduleRow.next_at == seen
    mine = update(ScheduleRow).where(ScheduleRow.id == schedule, there).values(values).returning(ScheduleRow)
    claimed = (await session.scalars(mine)).one_or_none()
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


async def _release(session: AsyncSession, schedule: int) -> None:
    free = {"holder": None, "since": None, "renewed": None, "expires": None}
    await session.execute(update(LeaseRow).where(LeaseRow.resource == _resource(schedule)).values(free))


def _resource(schedule: int) -> str:
    return f"{RESOURCE}{schedule}"
