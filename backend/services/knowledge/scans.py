"""Scans of all roots as jobs: one row each in the history, with progress while they go."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from backend.core.clock import Clock, until_beat
from backend.database.database import Database
from backend.database.engine import DatabaseUnavailable
from backend.database.repositories import jobs as table
from backend.database.repositories.jobs import Filter, Job
from backend.database.tables.jobs import JobRow
from backend.services.jobs import Jobs
from backend.services.knowledge.indexer import Found

log = logging.getLogger(__name__)

TYPE = "knowledge_scan"
SUBJECT = "knowledge"
STORE_SECONDS = 1.0  # between two times at which progress is written down


@dataclass(frozen=True, slots=True)
class PastScans:
    jobs: Sequence[JobRow]
    total: int


class Scans:
    """`current` is the one that waits or goes."""

    def __init__(self, database: Database, jobs: Jobs, clock: Clock, hide: Callable[[str], str]) -> None:
        self.current: Job | None = None
        self._database, self._jobs, self._clock, self._hide = database, jobs, clock, hide

    async def take_over(self) -> None:
        """What a daemon was at that died has been interrupted. Raises `DatabaseUnavailable`."""
        for status in ("queued", "running"):
            for row in await self._jobs.page(Filter(TYPE, SUBJECT, status), limit=100):
                job = Job(
                    row.id, TYPE, SUBJECT, status, row.queued_at, status,
                    requested_by=row.requested_by, started_at=row.started_at, progress=row.progress,
                )  # fmt: skip
                await self._become(job, "interrupted", error="the daemon ended")

    async def past(self, limit: int) -> PastScans:
        """The newest first. Raises `DatabaseUnavailable`."""
        rows = await self._jobs.page(Filter(TYPE, SUBJECT), limit=limit)
        return PastScans(rows, self._jobs.count(TYPE, SUBJECT))

    async def ask(self, actor: str) -> Job:
        """The scan that is to come, or the one that waits already. Raises `DatabaseUnavailable`."""
        if self.current is None:
            now = self._clock.now()
            job = Job(await self._jobs.next_id(), TYPE, SUBJECT, "queued", now, requested_by=actor)
            self.current = job
            self._jobs.moved(TYPE, SUBJECT, None, "queued", now)
            await self._store()
        assert self.current is not None
        return self.current

    async def begin(self) -> None:
        if self.current is not None:
            self.current = await self._become(self.current, "running")

    def progress(self, done: int, total: int) -> None:
        """So many files of the scan that goes have been read; `keep` writes it down."""
        if self.current is not None and total:
            self.current = replace(self.current, progress=done / total)

    async def keep(self) -> None:
        """Writes down how far the scan is, now and then, until it is cancelled."""
        while True:
            await asyncio.sleep(until_beat(STORE_SECONDS))
            if self.current is not None and self.current.progress is not None:
                await self._store()

    async def finish(self, found: Found) -> None:
        if self.current is not None:
            job, self.current = self.current, None
            result = json.dumps({**asdict(found), "unread": len(found.unread)})
            await self._become(replace(job, progress=1.0, result=result), "completed")

    async def fail(self, reason: str, status: str = "failed") -> None:
        if self.current is not None:
            job, self.current = self.current, None
            await self._become(job, status, error=reason)

    async def _become(self, job: Job, status: str, error: str | None = None) -> Job:
        now = self._clock.now()
        running = status == "running"
        changed = replace(
            job,
            status=status,
            started_at=now if running else job.started_at,
            completed_at=None if running else now,
            error=None if error is None else self._hide(error),
        )
        self._jobs.moved(TYPE, SUBJECT, job.status, status, job.queued_at)
        return await self._written(changed)

    async def _store(self) -> None:
        assert self.current is not None
        self.current = await self._written(self.current)

    async def _written(self, job: Job) -> Job:
        try:
            await self._database.write(lambda session: table.store(session, [job]))
        except DatabaseUnavailable as error:
            log.warning("the scan %d is not in the history: %s", job.id, error.reason)
            return job
        return replace(job, stored=job.status)
