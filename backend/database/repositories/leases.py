"""Leases as they are recorded: who holds what, and how far each fencing number has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.engine import upsert
from backend.database.tables.leases import LeaseRow


@dataclass(frozen=True, slots=True)
class Held:
    """`holder` and `since` are None where nobody holds it."""

    resource: str
    holder: str | None
    fencing: int
    since: datetime | None


async def fencing(session: AsyncSession) -> Mapping[str, int]:
    """The last fencing number of each resource that was ever granted."""
    rows = await session.execute(select(LeaseRow.resource, LeaseRow.fencing))
    return {row.resource: row.fencing for row in rows}


async def store(session: AsyncSession, leases: Sequence[Held]) -> None:
    """Record leases, the newest state of each, in one statement."""
    if leases:
        await (await session.connection()).execute(_STORE, [_row(lease) for lease in leases])


async def release_all(session: AsyncSession, prefix: str) -> None:
    """Takes every holder whose name begins with `prefix` out of its rights: none of them lives."""
    mine = LeaseRow.holder.startswith(prefix, autoescape=True)
    await session.execute(update(LeaseRow).where(mine).values(holder=None, since=None, renewed=None, expires=None))


def _row(lease: Held) -> dict[str, object]:
    return {
        "resource": lease.resource,
        "holder": lease.holder,
        "fencing": lease.fencing,
        "since": lease.since,
        "renewed": lease.since,
        "expires": None,  # as long as the holder lives
    }


_TABLE = cast(Table, LeaseRow.__table__)
_NEW = upsert(_TABLE)
_STORE = _NEW.on_conflict_do_update(
    index_elements=[_TABLE.c.resource],
    set_={column: _NEW.excluded[column] for column in ("holder", "fencing", "since", "renewed", "expires")},
)
