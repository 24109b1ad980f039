"""The history of process trees: launched, root exited, whole tree ended.

Commands must come with their secrets taken out: a row is no place for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.events import HOST
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


async def launched(session: AsyncSession, launch: Launch, host: str = HOST) -> None:
    """Record a launch; one that is recorded already stays as it is, for a restarted daemon may tell it again."""
    if await session.get(TreeRow, launch.tree) is not None:
        return
    kind, owner = launch.owner
    session.add(
        TreeRow(
            id=launch.tree,
            owner_kind=kind,
            owner_id=owner,
            host=host,
            pid=launch.pid,
            start=launch.start,
            boot=launch.boot,
            command=list(launch.command),
            cwd=launch.cwd,
            log=launch.log,
            lifetime=launch.lifetime,
            launched_at=launch.at,
        )
    )


async def exited(session: AsyncSession, tree: str, at: datetime, *, code: int | None, signal: int | None) -> None:
    """The root process has gone; others of the tree may live."""
    await session.execute(
        update(TreeRow).where(TreeRow.id == tree).values(exited_at=at, exit_code=code, exit_signal=signal)
    )


async def ended(
    session: AsyncSession, tree: str, at: datetime, *, stop_rung: str | None = None, stop_seconds: float | None = None
) -> None:
    """Nothing of the tree lives; where it was stopped, which step of the ladder worked and how long that took."""
    await session.execute(
        update(TreeRow).where(TreeRow.id == tree).values(ended_at=at, stop_rung=stop_rung, stop_seconds=stop_seconds)
    )
