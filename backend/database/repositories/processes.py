"""The history of process trees: launched, root exited, whole tree ended.

Commands must come with their secrets taken out: a row is no place for them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.events import HOST
from backend.database.engine import upsert
from backend.database.tables.processes import TreeRow


@dataclass(frozen=True, slots=True)
class Launch:
    """A tree that was launched for `owner` (kind and id); `pid`, `start` and `boot` name its root."""

    tree: str
    owner: tuple[str, str]
    pid: int
    start: str
    boot: str
    command: tuple[str, ...]
    cwd: str
    log: str
    lifetime: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """A tree and what has become of it: `exited_at` when the root had gone, `ended_at` when nothing of it lived;
    where it was stopped, which step of the ladder worked and how many seconds that took."""

    launch: Launch
    exited_at: datetime | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    ended_at: datetime | None = None
    stop_rung: str | None = None
    stop_seconds: float | None = None


async def store(session: AsyncSession, trees: Sequence[History], host: str = HOST) -> None:
    """Record trees in one statement. A launch that is recorded already stays as it is: a restarted daemon tells it
    again."""
    if trees:
        await (await session.connection()).execute(_STORE, [_row(tree, host) for tree in trees])


async def forget(session: AsyncSession, kind: str, owners: Collection[str]) -> None:
    """All trees that these owners of a kind have had."""
    mine = (TreeRow.owner_kind == kind) & TreeRow.owner_id.in_(owners)
    await session.execute(delete(TreeRow).where(mine))


def _row(tree: History, host: str) -> dict[str, object]:
    launch = tree.launch
    kind, owner = launch.owner
    return {
        "id": launch.tree,
        "owner_kind": kind,
        "owner_id": owner,
        "host": host,
        "pid": launch.pid,
        "start": launch.start,
        "boot": launch.boot,
        "command": list(launch.command),
        "cwd": launch.cwd,
        "log": launch.log,
        "lifetime": launch.lifetime,
        "launched_at": launch.at,
        **{column: getattr(tree, column) for column in _AFTERWARDS},
    }


_TABLE = cast(Table, TreeRow.__table__)
_NEW = upsert(_TABLE)
_AFTERWARDS = ("exited_at", "exit_code", "exit_signal", "ended_at", "stop_rung", "stop_seconds")
_STORE = _NEW.on_conflict_do_update(
    index_elements=[_TABLE.c.id], set_={column: _NEW.excluded[column] for column in _AFTERWARDS}
)
