"""Messages for targets: written whole as often as they change, read a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.engine import upsert
from backend.database.tables.notifications import DeliveryRow


@dataclass(frozen=True, slots=True)
class Left:
    """What the daemon before has left: the messages that wait, the oldest first; the newest id and place of an event;
    the messages that were sent of late."""

    waiting: Sequence[DeliveryRow]
    last_id: int
    last_seq: int
    sent: Sequence[DeliveryRow]


@dataclass(frozen=True, slots=True)
class Last:
    """Of one target: when a message was sent the last time; and when one was given up, and why."""

    sent_at: datetime | None = None
    failed_at: datetime | None = None
    error: str | None = None


async def left(session: AsyncSession, since: datetime) -> Left:
    """`sent` are those of `since` or later."""
    waiting = await session.scalars(select(DeliveryRow).where(DeliveryRow.state == "waiting").order_by(DeliveryRow.id))
    sent = await session.scalars(
        select(DeliveryRow)
        .where(DeliveryRow.state == "sent", DeliveryRow.finished_at >= since)
        .order_by(DeliveryRow.finished_at)
    )
    ends = (await session.execute(select(func.max(DeliveryRow.id), func.max(DeliveryRow.seq)))).one()
    return Left(list(waiting), ends[0] or 0, ends[1] or 0, list(sent))


async def store(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Each with all columns; what is there already becomes that."""
    await (await session.connection()).execute(_STORE, list(rows))


async def page(
    session: AsyncSession, *, before: int | None, target: str | None, state: str | None, limit: int
) -> list[DeliveryRow]:
    """The newest first."""
    wanted = select(DeliveryRow).order_by(DeliveryRow.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(DeliveryRow.id < before)
    if target is not None:
        wanted = wanted.where(DeliveryRow.target == target)
    if state is not None:
        wanted = wanted.where(DeliveryRow.state == state)
    return list(await session.scalars(wanted))


async def get(session: AsyncSession, delivery: int) -> DeliveryRow | None:
    return await session.get(DeliveryRow, delivery)


async def last(session: AsyncSession, target: str) -> Last:
    """By the index of the target, from its newest message on."""
    found = [await _newest(session, target, state) for state in ("sent", "failed")]
    sent, failed = found
    return Last(
        None if sent is None else sent.finished_at,
        None if failed is None else failed.finished_at,
        None if failed is None else failed.error,
    )


async def _newest(session: AsyncSession, target: str, state: str) -> DeliveryRow | None:
    found = await page(session, before=None, target=target, state=state, limit=1)
    return found[0] if found else None


async def prune(session: AsyncSession, before: datetime, most: int) -> int:
    """Removes up to `most` messages that were finished before, the oldest first; how many. The one with the newest
    event stays: what is heard goes on from there."""
    newest = select(func.max(DeliveryRow.seq)).scalar_subquery()
    old = (
        select(DeliveryRow.id)
        .where(DeliveryRow.state != "waiting", DeliveryRow.finished_at < before, DeliveryRow.seq < newest)
        .order_by(DeliveryRow.id)
        .limit(most)
    )
    found = list(await session.scalars(old))
    if found:
        await session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_(found)))
    return len(found)


COLUMNS = tuple(column.name for column in DeliveryRow.__table__.columns)
_NEW = upsert(cast(Table, DeliveryRow.__table__))
_STORE = _NEW.on_conflict_do_update(
    index_elements=["id"], set_={name: _NEW.excluded[name] for name in COLUMNS if name != "id"}
)
