"""Crashes as they are stored: one a tree, pages of them, the newest of each kind, and forgetting the old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.tables.incidents import CrashRow


@dataclass(frozen=True, slots=True)
class Crash:
    """What is to be stored of one; see `CrashRow`."""

    tree: str
    service_id: str
    at: datetime
    run_seconds: float
    exit_code: int | None
    exit_signal: int | None
    exit_limit: str | None
    reason: str
    tail: list[dict[str, Any]]
    machine: dict[str, float]
    used: dict[str, float]
    changes: list[dict[str, Any]]
    fingerprint: str


async def add(session: AsyncSession, crash: Crash) -> CrashRow | None:
    """Its row, counted among those of its fingerprint; None where this tree has one already."""
    if await session.scalar(select(CrashRow.id).where(CrashRow.tree == crash.tree)) is not None:
        return None
    before = await newest(session, crash.fingerprint)
    row = CrashRow(
        **asdict(crash),
        seen=1 if before is None else before.seen + 1,
        first_seen=crash.at if before is None else before.first_seen,
    )
    session.add(row)
    await session.flush()
    return row


async def newest(session: AsyncSession, fingerprint: str) -> CrashRow | None:
    wanted = select(CrashRow).where(CrashRow.fingerprint == fingerprint).order_by(CrashRow.id.desc()).limit(1)
    found: CrashRow | None = await session.scalar(wanted)
    return found


async def find(session: AsyncSession, crash_id: int) -> CrashRow | None:
    found: CrashRow | None = await session.get(CrashRow, crash_id)
    return found


async def page(
    session: AsyncSession, *, service: str | None, before: int | None, limit: int, grouped: bool = False
) -> list[CrashRow]:
    """The newest first; `grouped` gives the newest of each fingerprint alone."""
    wanted = select(CrashRow).where(*_of(service))
    if before is not None:
        wanted = wanted.where(CrashRow.id < before)
    if grouped:
        wanted = wanted.where(CrashRow.id.in_(_newest_ids()))
    return list(await session.scalars(wanted.order_by(CrashRow.id.desc()).limit(limit)))


async def between(
    session: AsyncSession, start: datetime, end: datetime, *, services: Sequence[str], limit: int
) -> list[CrashRow]:
    """Those from `start` to before `end`, of these services alone where any are named; the newest first."""
    wanted = select(CrashRow).where(CrashRow.at >= start, CrashRow.at < end)
    if services:
        wanted = wanted.where(CrashRow.service_id.in_(services))
    return list(await session.scalars(wanted.order_by(CrashRow.at.desc()).limit(limit)))


async def count(session: AsyncSession, service: str | None, *, grouped: bool = False) -> int:
    what = func.count(CrashRow.fingerprint.distinct()) if grouped else func.count()
    return await session.scalar(select(what).select_from(CrashRow).where(*_of(service))) or 0


async def last_of(session: AsyncSession, fingerprints: Sequence[str]) -> dict[str, tuple[int, datetime]]:
    """How often each was seen in all, and when last."""
    newest_of = (
        select(func.max(CrashRow.id)).where(CrashRow.fingerprint.in_(fingerprints)).group_by(CrashRow.fingerprint)
    )
    rows = await session.execute(
        select(CrashRow.fingerprint, CrashRow.seen, CrashRow.at).where(CrashRow.id.in_(newest_of))
    )
    return {fingerprint: (seen, at) for fingerprint, seen, at in rows}


async def forget(session: AsyncSession, service: str, *, before: datetime | None, keep: int | None) -> int:
    """Those of all services that were before `before`, and of `service` all but the newest `keep`; how many went."""
    gone = 0
    if before is not None:
        gone += (await session.execute(delete(CrashRow).where(CrashRow.at < before))).rowcount  # type: ignore[attr-defined]
    if keep is not None:
        last = (
            select(CrashRow.id).where(CrashRow.service_id == service).order_by(CrashRow.id.desc()).offset(keep).limit(1)
        )
        surplus = delete(CrashRow).where(CrashRow.service_id == service, CrashRow.id <= last.scalar_subquery())
        gone += (await session.execute(surplus)).rowcount  # type: ignore[attr-defined]
    return gone


def _of(service: str | None) -> list[ColumnElement[bool]]:
    return [] if service is None else [CrashRow.service_id == service]


def _newest_ids() -> Any:
    return select(func.max(CrashRow.id)).group_by(CrashRow.fingerprint)
