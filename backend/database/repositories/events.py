"""Events as they are stored: append, page by `seq`, forget the old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Row, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.events import Event, Fact
from backend.database.tables.events import EventRow

_TABLE = cast(Table, EventRow.__table__)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events: each part that is given must be equal; `since` and `before` are exclusive bounds of `seq`."""

    area: str | None = None
    type: str | None = None
    subject: str | None = None
    since: int | None = None
    before: int | None = None

    def fits(self, event: Event) -> bool:
        fact = event.fact
        return (
            self.area in (None, fact.area)
            and self.type in (None, fact.type)
            and self.subject in (None, fact.subject)
            and (self.since is None or event.seq > self.since)
            and (self.before is None or event.seq < self.before)
        )

    def conditions(self) -> list[ColumnElement[bool]]:
        given: list[ColumnElement[bool]] = [
            column == value
            for column, value in (
                (EventRow.area, self.area),
                (EventRow.type, self.type),
                (EventRow.subject, self.subject),
            )
            if value is not None
        ]
        if self.since is not None:
            given.append(EventRow.seq > self.since)
        if self.before is not None:
            given.append(EventRow.seq < self.before)
        return given


async def append(session: AsyncSession, events: Sequence[Event]) -> None:
    """Store `events` in one statement."""
    await (await session.connection()).execute(insert(_TABLE), [_row(event) for event in events])


async def page(session: AsyncSession, wanted: Filter, *, limit: int, newest_first: bool) -> list[Event]:
    """Up to `limit` events in the order of `seq`; its cost does not depend on how deep the page lies."""
    order = EventRow.seq.desc() if newest_first else EventRow.seq.asc()
    found = await session.execute(select(*_TABLE.columns).where(*wanted.conditions()).order_by(order).limit(limit))
    return [_event(row) for row in found]


async def newest(session: AsyncSession) -> Event | None:
    found = await page(session, Filter(), limit=1, newest_first=True)
    return found[0] if found else None


async def prune(session: AsyncSession, before: datetime, batch: int) -> int:
    """Forget up to `batch` of the oldest events told before `before`; how many went. The newest event always stays:
    the order continues from it."""
    oldest = select(EventRow.seq, EventRow.at).order_by(EventRow.seq).limit(batch).subquery()
    last = await session.scalar(
        select(func.max(oldest.c.seq)).where(
            oldest.c.at < before, oldest.c.seq < select(func.max(EventRow.seq)).scalar_subquery()
        )
    )
    if last is None:
        return 0
    gone = await session.execute(delete(EventRow).where(EventRow.seq <= last, EventRow.at < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _row(event: Event) -> dict[str, object]:
    fact = event.fact
    return {
        "seq": event.seq,
        "id": event.id,
        "at": event.at,
        "area": fact.area,
        "type": fact.type,
        "version": fact.version,
        "subject": fact.subject,
        "actor": fact.actor,
        "host": event.host,
        "cause": fact.cause,
        "payload": dict(fact.payload),
    }


def _event(row: Row[tuple[object, ...]]) -> Event:
    fact = Fact(row.area, row.type, row.subject, row.actor, row.cause, row.payload, row.version)
    return Event(row.seq, row.at, fact, row.host, row.id)
