"""Cards of crashes: made at the moment at which a service ends as it should not, and kept.

The supervisor tells of an end and goes on; all that takes time is done here, one end after the other: the last lines
are read by their place before rotation takes them, and the card is stored when the database takes it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.engine import DatabaseUnavailable
from backend.database.journal import Journal
from backend.database.repositories import incidents as table
from backend.database.tables.incidents import CrashRow
from backend.services.incidents.changes import changes_before
from backend.services.incidents.fingerprint import fingerprint
from backend.services.incidents.keep import Keep
from backend.services.incidents.last_lines import Line, last_lines
from backend.services.incidents.redaction import Redaction
from backend.services.processes.exits import meaning_of
from backend.services.supervisor.ends import AbnormalEnd

log = logging.getLogger(__name__)

ROOM = 500  # ends that wait to be looked at
RETRY = 1.0  # seconds
FRESH = timedelta(seconds=10)  # between an end and the figures that are still those of that moment

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Heard:
    end: AbnormalEnd
    figures: Figures


@dataclass(frozen=True, slots=True)
class Page:
    """`last` has how often each fingerprint of the page was seen, and when last; `next` is the `before` of the
    following page, None at the end."""

    rows: list[CrashRow]
    total: int
    last: Mapping[str, tuple[int, datetime]]
    next: int | None


class Cards:
    """`keep` is what the configuration says about keeping."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        clock: Clock,
        secrets: Secrets,
        keep: Callable[[], Keep],
    ) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._secrets = secrets
        self._keep = keep
        self._figures: Figures = {}
        self._measured_at: datetime | None = None
        self._waiting: deque[_Heard] = deque()
        self._there = asyncio.Event()

    def begin(self, tasks: Tasks) -> None:
        tasks.spawn(self._run(), name="crashes")

    def hear(self, end: AbnormalEnd) -> None:
        """Never waits. Where services crash faster than cards are made, the newest ends have none."""
        if len(self._waiting) >= ROOM:
            log.warning("%s has crashed, and too many others before it: it gets no card", end.service)
            return
        self._waiting.append(_Heard(end, self._figures_of(end)))
        self._there.set()

    def measured(self, at: datetime, values: Figures) -> None:
        """What all figures are now, by metric."""
        self._measured_at, self._figures = at, values

    async def page(
        self, service: str | None = None, *, before: int | None = None, limit: int = 20, grouped: bool = False
    ) -> Page:
        """The newest first; `grouped` has the newest of each fingerprint alone."""
        async with self._database.read() as session:
            rows = await table.page(session, service=service, before=before, limit=limit + 1, grouped=grouped)
            total = await table.count(session, service, grouped=grouped)
            last = await table.last_of(session, sorted({row.fingerprint for row in rows}))
        more, rows = len(rows) > limit, rows[:limit]
        return Page(rows, total, last, rows[-1].id if more else None)

    async def between(self, start: datetime, end: datetime, *, services: Sequence[str], limit: int) -> list[CrashRow]:
        """Of these services alone, where any are named; the newest first."""
        async with self._database.read() as session:
            return await table.between(session, start, end, services=services, limit=limit)

    def _figures_of(self, end: AbnormalEnd) -> Figures:
        measured = self._measured_at
        return self._figures if measured is not None and abs(end.at - measured) < FRESH else {}

    async def _run(self) -> None:
        while True:
            await self._there.wait()
            self._there.clear()
            while self._waiting:
                heard = self._waiting.popleft()
                try:
                    await self._keep_card(heard)
                except Exception:
                    log.exception("the crash of %s has no card", heard.end.service)

    async def _keep_card(self, heard: _Heard) -> None:
        lines = await asyncio.to_thread(self._last_lines, heard.end)
        changes: list[dict[str, Any]] | None = None
        said = False
        while True:
            try:
                if changes is None:
                    changes = await self._changes(heard.end)
                row = await self._store(await asyncio.to_thread(_crash, heard, lines, changes, self._secrets))
                break
            except DatabaseUnavailable as error:
                if not said:
                    log.warning("the crash of %s waits to be stored: %s", heard.end.service, error.reason)
                    said = True
                await asyncio.sleep(RETRY)
        if row is not None:
            payload = {"crash": row.id, "fingerprint": row.fingerprint, "seen": row.seen, "reason": row.reason}
            told = Fact("incidents", "crash.recorded", row.service_id, cause=heard.end.cause, payload=payload)
            self._journal.tell(told)

    def _last_lines(self, end: AbnormalEnd) -> list[Line]:
        """None where the log cannot be read: the rest of the card is worth having."""
        try:
            return last_lines(end.log, end.log_start, end.log_end, Redaction(self._secrets))
        except OSError as error:
            log.warning("the last lines of %s cannot be read: %s", end.service, error.strerror)
            return []

    async def _changes(self, end: AbnormalEnd) -> list[dict[str, Any]]:
        found = await changes_before(self._database, self._journal, end.at, end.service)
        return [{**asdict(change), "at": change.at.isoformat()} for change in found]

    async def _store(self, crash: table.Crash) -> CrashRow | None:
        keep = self._keep()
        before = None if keep.age is None else self._clock.now() - timedelta(seconds=keep.age)

        async def work(session: AsyncSession) -> CrashRow | None:
            row = await table.add(session, crash)
            await table.forget(session, crash.service_id, before=before, keep=keep.count)
            return row

        return await self._database.write(work)


def _crash(heard: _Heard, lines: list[Line], changes: list[dict[str, Any]], secrets: Secrets) -> table.Crash:
    end, figures = heard.end, heard.figures
    code, signal, limit = (None, None, None) if end.exit is None else (end.exit.code, end.exit.signal, end.exit.limit)
    ending = meaning_of(code, signal, limit, windows=sys.platform == "win32").name
    return table.Crash(
        tree=end.tree,
        service_id=end.service,
        at=end.at,
        run_seconds=max(0.0, round((end.at - end.started_at).total_seconds(), 3)),
        exit_code=code,
        exit_signal=signal,
        exit_limit=limit,
        reason=secrets.hide(end.reason),
        tail=[{"timestamp": _iso(line.timestamp), "level": line.level, "message": line.message} for line in lines],
        machine={name: value for name, value in figures.items() if not name.startswith(("service:", "run:"))},
        used=_used(end, figures),
        changes=changes,
        fingerprint=fingerprint(end.service, f"{ending} {limit or ''}", [line.message for line in lines]),
    )


def _used(end: AbnormalEnd, figures: Figures) -> dict[str, float]:
    """What the service used: the last figures of its processes, and what the system counted in the end."""
    mine = {name: figures.get(f"service:{end.service}:{name}") for name in ("cpu", "memory")}
    if end.exit is not None:
        mine |= {"peak_memory": end.exit.peak_memory, "cpu_seconds": end.exit.cpu_seconds}
    return {name: value for name, value in mine.items() if value is not None}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
