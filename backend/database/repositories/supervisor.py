"""Rows of services: what is wanted of each, and what was last known of it, kept across restarts of daemon and machine.

Commands must come with their secrets taken out: a row is no place for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.events import HOST
from backend.database.tables.supervisor import ServiceRow


@dataclass(frozen=True, slots=True)
class Declared:
    """What a definition says that the row repeats."""

    id: str
    name: str
    command: tuple[str, ...]
    cwd: str | None = None
    description: str | None = None
    port: int | None = None


class Changes(TypedDict, total=False):
    """What happens to a service, as its row has it."""

    wanted: str
    status: str
    health: str
    tree: str | None
    pid: int | None
    restarts: int
    started_at: datetime | None
    stopped_at: datetime | None
    exit_code: int | None
    exit_signal: int | None
    exited_at: datetime | None


async def rows(session: AsyncSession, host: str = HOST) -> dict[str, ServiceRow]:
    """All services of `host` by id, those included whose definition has gone."""
    found = await session.scalars(select(ServiceRow).where(ServiceRow.host == host))
    return {row.id: row for row in found}


async def sync(session: AsyncSession, declared: Iterable[Declared], at: datetime, host: str = HOST) -> None:
    """Give each declared service a row, or its row what the definition now says. What is wanted and what was last known
    stay, and so do the rows of services that are no longer declared."""
    known = await rows(session, host)
    for one in declared:
        row = known.get(one.id)
        if row is None:
            row = ServiceRow(host=host, id=one.id, created_at=at, updated_at=at)
            session.add(row)
        _repeat(one, row, at)


async def change(
    session: AsyncSession, service_id: str, at: datetime, *, host: str = HOST, **changes: Unpack[Changes]
) -> None:
    """Set what is given, and `updated_at`. Raises `LookupError` when the service has no row."""
    done = await session.execute(
        update(ServiceRow)
        .where(ServiceRow.host == host, ServiceRow.id == service_id)
        .values(**changes, updated_at=at)
        .returning(ServiceRow.id)
    )
    if done.first() is None:
        raise LookupError(f"service {service_id!r} has no row on {host}; sync the definitions first")


def _repeat(declared: Declared, row: ServiceRow, at: datetime) -> None:
    said = {
        "name": declared.name,
        "description": declared.description,
        "command": list(declared.command),
        "cwd": declared.cwd,
        "port": declared.port,
    }
    if any(getattr(row, column) != value for column, value in said.items()):
        for column, value in said.items():
            setattr(row, column, value)
        row.updated_at = at
