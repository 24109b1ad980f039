"""Rows of services: what is wanted of each, and what was last known of it, kept across restarts of daemon and machine.

Commands must come with their secrets taken out: a row is no place for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.events import HOST
from backend.database.engine import upsert
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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a service `at` a time. Without `stopped_at` its row keeps the last one, and without `exited_at`
    all of the last exit."""

    declared: Declared
    at: datetime
    wanted: str = "down"
    status: str = "stopped"
    health: str = "none"
    tree: str | None = None
    pid: int | None = None
    restarts: int = 0
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    exited_at: datetime | None = None


async def rows(session: AsyncSession, host: str = HOST) -> dict[str, ServiceRow]:
    """All services of `host` by id, those included whose definition has gone."""
    found = await session.scalars(select(ServiceRow).where(ServiceRow.host == host))
    return {row.id: row for row in found}


async def store(session: AsyncSession, services: Sequence[Known], host: str = HOST) -> None:
    """Give each service its row, or its row what is known now, in one statement."""
    if services:
        await (await session.connection()).execute(_STORE, [_row(one, host) for one in services])


def _row(known: Known, host: str) -> dict[str, object]:
    declared = known.declared
    return {
        "host": host,
        "id": declared.id,
        "name": declared.name,
        "description": declared.description,
        "command": list(declared.command),
        "cwd": declared.cwd,
        "port": declared.port,
        "wanted": known.wanted,
        "status": known.status,
        "health": known.health,
        "tree": known.tree,
        "pid": known.pid,
        "restarts": known.restarts,
        "started_at": known.started_at,
        "stopped_at": known.stopped_at,
        "exit_code": known.exit_code,
        "exit_signal": known.exit_signal,
        "exited_at": known.exited_at,
        "created_at": known.at,
        "updated_at": known.at,
    }


_TABLE = cast(Table, ServiceRow.__table__)
_NEW = upsert(_TABLE)
_LAST_EXIT = ("exit_code", "exit_signal")
_PLAIN = (
    *("name", "description", "command", "cwd", "port", "wanted", "status", "health", "tree", "pid", "restarts"),
    *("started_at", "updated_at"),
)
_STORE = _NEW.on_conflict_do_update(
    index_elements=[_TABLE.c.host, _TABLE.c.id],
    set_={
        **{column: _NEW.excluded[column] for column in _PLAIN},
        **{name: func.coalesce(_NEW.excluded[name], _TABLE.c[name]) for name in ("stopped_at", "exited_at")},
        **{
            name: case((_NEW.excluded.exited_at.is_(None), _TABLE.c[name]), else_=_NEW.excluded[name])
            for name in _LAST_EXIT
        },
    },
)
