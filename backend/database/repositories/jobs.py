"""Jobs of any kind: one row each, pages of them by several filters at any depth, and how many there are.

Whoever changes a job tells which state its row has and which it gets, so that the counts are right by the same commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Table, case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.events import HOST
from backend.database.engine import upsert
from backend.database.tables.jobs import JobCountRow, JobRow


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it is now; `stored` is the state that its row has, None where there is no row yet."""

    id: int
    job_type: str
    subject: str
    status: str
    queued_at: datetime
    stored: str | None = None
    parent_id: int | None = None
    requested_by: str = "local"
    attempt: int = 1
    priority: int = 0
    started_at: datetime | None = None
    completed_at: datetime | None = None
    progress: float | None = None
    result: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs: each part that is given must be equal; ids are less than `before`, and not less than `first`."""

    job_type: str | None = None
    subject: str | None = None
    status: str | None = None
    before: int | None = None
    first: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        given: list[ColumnElement[bool]] = [
            column == value
            for column, value in (
                (JobRow.job_type, self.job_type),
                (JobRow.subject, self.subject),
                (JobRow.status, self.status),
            )
            if value is not None
        ]
        if self.before is not None:
            given.append(JobRow.id < self.before)
        if self.first is not None:
            given.append(JobRow.id >= self.first)
        return given


@dataclass(frozen=True, slots=True)
class Count:
    """`last_at` is when the newest of them was asked for."""

    job_type: str
    subject: str
    status: str
    count: int
    last_at: datetime


async def newest(session: AsyncSession) -> int:
    """The greatest id so far; 0 where there is no job."""
    return (await session.scalar(select(func.max(JobRow.id)))) or 0


async def counts(session: AsyncSession) -> list[Count]:
    rows = await session.scalars(select(JobCountRow).where(JobCountRow.count > 0))
    return [Count(row.job_type, row.subject, row.status, row.count, row.last_at) for row in rows]


async def store(session: AsyncSession, jobs: Sequence[Job], host: str = HOST) -> None:
    """Give each job its row, or its row what is so now, and count it where it stands now."""
    if not jobs:
        return
    connection = await session.connection()
    await connection.execute(_STORE, [_row(job, host) for job in jobs])
    await _count(session, jobs)


async def forget(session: AsyncSession, jobs: Sequence[Job]) -> None:
    """Takes the rows of these jobs, and what hangs on them, out of the history and of the counts."""
    await session.execute(delete(JobRow).where(JobRow.id.in_([job.id for job in jobs])))
    change: Counter[tuple[str, str, str]] = Counter()
    for job in jobs:
        change[job.job_type, job.subject, job.status] -= 1
    await _add(session, change, {(job.job_type, job.subject, job.status): job.queued_at for job in jobs})


async def ids(
    session: AsyncSession, wanted: Filter, *, limit: int, offset: int = 0, total: int | None = None
) -> list[int]:
    """Ids of a page, the newest first. By `before` its cost does not depend on its depth; by `offset` it grows with the
    distance from the nearer end, where `total` tells how many there are."""
    conditions = wanted.conditions()
    if total is not None and total - offset - limit < offset:
        skip = max(0, total - offset - limit)
        rows = min(limit, total - offset)
        if rows <= 0:
            return []
        upwards = select(JobRow.id).where(*conditions).order_by(JobRow.id.asc()).offset(skip).limit(rows)
        return list(reversed(list(await session.scalars(upwards))))
    downwards = select(JobRow.id).where(*conditions).order_by(JobRow.id.desc()).offset(offset).limit(limit)
    return list(await session.scalars(downwards))


async def first_at(session: AsyncSession, at: datetime) -> int:
    """The id of the first job that was asked for at `at` or later; without one, an id that no job has yet."""
    wanted = select(JobRow.id).where(JobRow.queued_at >= at).order_by(JobRow.queued_at, JobRow.id).limit(1)
    found = await session.scalar(wanted)
    return await newest(session) + 1 if found is None else found


async def rows(session: AsyncSession, wanted: Iterable[int]) -> list[JobRow]:
    """In the order of the ids given; those that are not there are left out."""
    order = list(wanted)
    found = {row.id: row for row in await session.scalars(select(JobRow).where(JobRow.id.in_(order)))}
    return [found[one] for one in order if one in found]


async def _count(session: AsyncSession, jobs: Sequence[Job]) -> None:
    change: Counter[tuple[str, str, str]] = Counter()
    last: dict[tuple[str, str, str], datetime] = {}
    for job in jobs:
        if job.stored == job.status:
            continue
        for status, by in ((job.stored, -1), (job.status, 1)):
            if status is not None:
                key = (job.job_type, job.subject, status)
                change[key] += by
                last[key] = max(job.queued_at, last.get(key, job.queued_at))
    await _add(session, change, last)


async def _add(
    session: AsyncSession, change: Mapping[tuple[str, str, str], int], last: Mapping[tuple[str, str, str], datetime]
) -> None:
    added = [
        {"job_type": key[0], "subject": key[1], "status": key[2], "count": by, "last_at": last[key]}
        for key, by in change.items()
        if by
    ]
    if added:
        await (await session.connection()).execute(_ADD, added)


def _row(job: Job, host: str) -> dict[str, object]:
    return {
        "id": job.id,
        "job_type": job.job_type,
        "subject": job.subject,
        "parent_id": job.parent_id,
        "requested_by": job.requested_by,
        "host": host,
        "status": job.status,
        "attempt": job.attempt,
        "priority": job.priority,
        "queued_at": job.queued_at,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "progress": job.progress,
        "result": job.result,
        "error": job.error,
    }


_TABLE = cast(Table, JobRow.__table__)
_NEW = upsert(_TABLE)
_STORE = _NEW.on_conflict_do_update(
    index_elements=[_TABLE.c.id],
    set_={
        column: _NEW.excluded[column]
        for column in ("status", "attempt", "started_at", "completed_at", "progress", "result", "error")
    },
)
_COUNTS = cast(Table, JobCountRow.__table__)
_MORE = upsert(_COUNTS)
_ADD = _MORE.on_conflict_do_update(
    index_elements=[_COUNTS.c.job_type, _COUNTS.c.subject, _COUNTS.c.status],
    set_={
        "count": _COUNTS.c.count + _MORE.excluded.count,
        "last_at": case((_COUNTS.c.last_at < _MORE.excluded.last_at, _MORE.excluded.last_at), else_=_COUNTS.c.last_at),
    },
)
