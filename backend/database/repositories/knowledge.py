"""Rows of what is fetched of creators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.engine import upsert
from backend.database.repositories import runs
from backend.database.tables.jobs import JobRow
from backend.database.tables.knowledge import CreatorRow, FetchRow
from backend.database.tables.runs import RunRow


async def creators(session: AsyncSession) -> Sequence[CreatorRow]:
    return list(await session.scalars(select(CreatorRow)))


async def put_creators(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """As they are now; `since` of those that are there stays."""
    await (await session.connection()).execute(_PUT, list(rows))


async def add_fetch(session: AsyncSession, row: dict[str, Any]) -> None:
    await (await session.connection()).execute(insert(FetchRow), [row])


async def end_fetch(
    session: AsyncSession,
    run_id: str,
    *,
    status: str,
    at: datetime,
    videos_processed: int | None,
    insights_extracted: int | None,
) -> None:
    await session.execute(
        update(FetchRow)
        .where(FetchRow.run_id == run_id)
        .values(
            status=status,
            completed_at=at,
            videos_processed=videos_processed,
            insights_extracted=insights_extracted,
        )
    )


async def forget_fetches(session: AsyncSession) -> None:
    """Those that are over, asked for before the oldest run that is kept, and whose own run is forgotten."""
    oldest = select(JobRow.queued_at).where(JobRow.job_type == runs.TYPE).order_by(JobRow.id).limit(1)
    if (since := await session.scalar(oldest)) is not None:
        forgotten = FetchRow.run_id.not_in(select(RunRow.run_id))
        await session.execute(
            delete(FetchRow).where(FetchRow.completed_at.is_not(None), FetchRow.queued_at < since, forgotten)
        )


async def fetches(session: AsyncSession, limit: int) -> Sequence[FetchRow]:
    """The newest first."""
    return list(await session.scalars(select(FetchRow).order_by(FetchRow.id.desc()).limit(limit)))


async def fetches_going_on(session: AsyncSession) -> Sequence[FetchRow]:
    return list(await session.scalars(select(FetchRow).where(FetchRow.completed_at.is_(None))))


async def count_fetches(session: AsyncSession) -> int:
    return (await session.scalar(select(func.count()).select_from(FetchRow))) or 0


_TABLE = cast(Table, CreatorRow.__table__)
_NEW = upsert(_TABLE)
_PUT = _NEW.on_conflict_do_update(
    index_elements=[_TABLE.c.creator_id],
    set_={name: _NEW.excluded[name] for name in ("fetched_at", "tried_at", "failures")},
)
