"""Alerts that fire or have fired, and rules that are silenced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.engine import upsert
from backend.database.tables.alerts import AlertRow, SilenceRow


@dataclass(frozen=True, slots=True)
class Record:
    """The columns of `AlertRow`."""

    id: int
    rule: str
    kind: str
    subject: str
    service: str | None
    severity: str
    state: str
    value: float | None
    unit: str | None
    summary: str
    reason: str | None
    since: datetime
    fired_at: datetime
    resolved_at: datetime | None
    told_at: datetime | None
    silenced_until: datetime | None
    silenced_by: str | None
    maintenance: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Silence:
    until: datetime
    by: str


async def firing(session: AsyncSession) -> list[Record]:
    rows = await session.scalars(select(AlertRow).where(AlertRow.state == "firing").order_by(AlertRow.id))
    return [_record(row) for row in rows]


async def newest(session: AsyncSession) -> int:
    """The greatest id that was given; 0 where there is none."""
    return await session.scalar(select(func.max(AlertRow.id))) or 0


async def silences(session: AsyncSession) -> dict[str, Silence]:
    """By rule."""
    return {row.rule: Silence(row.until, row.by) for row in await session.scalars(select(SilenceRow))}


async def get(session: AsyncSession, alert: int) -> Record | None:
    row = await session.get(AlertRow, alert)
    return None if row is None else _record(row)


async def resolved(session: AsyncSession, before: int | None, limit: int) -> list[Record]:
    """The newest first, of those with a lesser id than `before`."""
    wanted = select(AlertRow).where(AlertRow.state == "resolved").order_by(AlertRow.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(AlertRow.id < before)
    return [_record(row) for row in await session.scalars(wanted)]


async def between(session: AsyncSession, since: datetime, until: datetime, limit: int) -> list[Record]:
    """Those that fired by `until` and had not been resolved by `since`, the newest first."""
    wanted = (
        select(AlertRow)
        .where(AlertRow.fired_at <= until, or_(AlertRow.resolved_at.is_(None), AlertRow.resolved_at >= since))
        .order_by(AlertRow.id.desc())
        .limit(limit)
    )
    return [_record(row) for row in await session.scalars(wanted)]


async def store(
    session: AsyncSession, records: Sequence[Record], silenced: Mapping[str, Silence], heard: Sequence[str]
) -> None:
    """Each record as it is now; rules that are silenced, and those that are not any more (`heard`)."""
    if records:
        statement = upsert(_ALERTS)
        new = {name: statement.excluded[name] for name in _COLUMNS if name != "id"}
        await session.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=new), [asdict(one) for one in records]
        )
    if silenced:
        statement = upsert(_SILENCES)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["rule"], set_={name: statement.excluded[name] for name in ("until", "by")}
            ),
            [{"rule": rule, **asdict(one)} for rule, one in silenced.items()],
        )
    if heard:
        await session.execute(delete(SilenceRow).where(SilenceRow.rule.in_(heard)))


async def prune(session: AsyncSession, before: datetime, most: int) -> int:
    """Removes up to `most` alerts that were resolved before that; how many."""
    old = select(AlertRow.id).where(AlertRow.resolved_at < before).order_by(AlertRow.resolved_at, AlertRow.id)
    found = list(await session.scalars(old.limit(most)))
    if found:
        await session.execute(delete(AlertRow).where(AlertRow.id.in_(found)))
    return len(found)


async def prune_beyond(session: AsyncSession, keep: int, most: int) -> int:
    """Removes up to `most` resolved alerts but the newest `keep`; how many."""
    beyond = select(AlertRow.id).where(AlertRow.state == "resolved").order_by(AlertRow.id.desc()).offset(keep)
    found = list(await session.scalars(beyond.limit(most)))
    if found:
        await session.execute(delete(AlertRow).where(AlertRow.id.in_(found)))
    return len(found)


def _record(row: AlertRow) -> Record:
    return Record(**{name: getattr(row, name) for name in _COLUMNS})


_COLUMNS = [column.name for column in fields(Record)]
_ALERTS = cast(Table, AlertRow.__table__)
_SILENCES = cast(Table, SilenceRow.__table__)
