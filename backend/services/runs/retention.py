"""Forgets runs that are over: those that are too old, too many, or too big together.

The row, its job, its trees and its counts go in one unit of work, which also notes that the folder is to be removed;
the note goes when the folder has. So whenever the daemon is killed there is no row without its folder, and no folder is
left behind: the next pass removes what is noted. A folder that nobody noted is never touched.

Few runs go at a time, with pauses between them, in which others write and read. A run that is not over, or whose end is
not stored yet, stays; so does the newest, for ids continue from it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.database.database import Database
from backend.database.repositories import runs as table
from backend.database.repositories.runs import Both
from backend.services.jobs import Jobs
from backend.services.runs.folder import RunFolders
from backend.services.runs.keep import Keep

log = logging.getLogger(__name__)

FIRST = 60.0  # seconds from the start, which has other things to do
EVERY = 3600.0  # seconds
BATCH = 50  # runs
PAUSE = 0.1  # seconds between two batches


@dataclass(frozen=True)
class _Bounds:
    """What goes: runs that ended before `ended`, and those whose job is not newer than `id_`."""

    ended: datetime | None
    id_: int
    newest: int

    def concern(self, both: Both) -> bool:
        job, _ = both
        if job.status in table.UNFINISHED or job.id == self.newest:
            return False
        old = self.ended is not None and (job.completed_at or job.queued_at) < self.ended
        return old or job.id <= self.id_

    def are_behind(self, both: Both) -> bool:
        """Whether nothing from this run on goes: none can have ended before it was asked for."""
        job, _ = both
        return job.id > self.id_ and (self.ended is None or job.queued_at >= self.ended)


class Retention:
    """`keep` says what stays; `present` has the runs that are still in memory."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        folders: RunFolders,
        clock: Clock,
        tell: Callable[[Fact], object],
        keep: Callable[[], Keep],
        present: Container[str],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._folders = folders
        self._clock = clock
        self._tell = tell
        self._keep = keep
        self._present = present

    async def keep_forgetting(self) -> None:
        await asyncio.sleep(FIRST)
        while True:
            try:
                await self.forget()
            except CenterError as error:
                log.warning("old runs stay for now: %s", error.detail)
            except Exception:
                log.exception("old runs stay for now")
            await asyncio.sleep(EVERY)

    async def forget(self) -> int:
        """One pass; how many runs went. Raises `DatabaseUnavailable`: what went by then has gone whole."""
        gone, freed = 0, await self._clear(await self._noted())
        if not (keep := self._keep()).everything:
            await self._jobs.open()
            bounds, after = await self._bounds(keep), 0
            while rows := await self._oldest(after):
                if chosen := [both for both in rows if bounds.concern(both) and both[1].run_id not in self._present]:
                    await self._forget(chosen)
                    freed += await self._clear([run.run_id for _, run in chosen])
                    gone += len(chosen)
                if bounds.are_behind(rows[-1]):
                    break
                after = rows[-1][0].id
                await asyncio.sleep(PAUSE)
        if gone:
            self._tell(Fact("runs", "runs.forgotten", payload={"count": gone, "bytes": freed}))
            log.info("forgot %d runs, %d bytes", gone, freed)
        return gone

    async def _bounds(self, keep: Keep) -> _Bounds:
        async with self._database.read() as session:
            newest = await table.nth_newest(session, 0)
            bound = None if keep.count is None else await table.nth_newest(session, keep.count)
        ended = None if keep.age is None else self._clock.now() - timedelta(seconds=keep.age)
        too_big = 0 if keep.size is None else await self._bound_of_size(keep.size, newest or 0)
        return _Bounds(ended, max(bound or 0, too_big), newest or 0)

    async def _bound_of_size(self, size: int, newest: int) -> int:
        """The newest run that has no room any more beside all newer ones; 0 where all have."""
        before, used = newest + 1, 0
        while True:
            async with self._database.read() as session:
                rows = await table.stretch(session, before=before, limit=BATCH)
            if not rows:
                return 0
            sizes = await asyncio.to_thread(self._sizes, rows)
            for both, bytes_ in zip(rows, sizes, strict=True):
                used += bytes_
                if used > size:
                    return both[0].id
            before = rows[-1][0].id
            await asyncio.sleep(PAUSE)

    def _sizes(self, rows: Sequence[Both]) -> list[int]:
        return [self._folders.size(run.run_id) for _, run in rows]

    async def _oldest(self, after: int) -> list[Both]:
        async with self._database.read() as session:
            return await table.stretch(session, after=after, limit=BATCH)

    async def _forget(self, chosen: Sequence[Both]) -> None:
        await self._database.write(partial(table.forget, gone=chosen))
        for job, _ in chosen:
            self._jobs.moved(table.TYPE, job.subject or "", job.status, None, job.queued_at)

    async def _noted(self) -> list[str]:
        async with self._database.read() as session:
            return await table.remains(session)

    async def _clear(self, noted: Sequence[str]) -> int:
        """Removes the folders of what is forgotten; bytes. One that cannot be removed is tried again by the next
        pass."""
        freed = 0
        for first in range(0, len(noted), BATCH):
            removed, bytes_ = await asyncio.to_thread(self._remove, noted[first : first + BATCH])
            freed += bytes_
            if removed:
                await self._database.write(partial(table.removed, run_ids=removed))
        return freed

    def _remove(self, run_ids: Sequence[str]) -> tuple[list[str], int]:
        removed, freed = [], 0
        for run_id in run_ids:
            bytes_ = self._folders.size(run_id)
            if self._folders.remove(run_id):
                removed.append(run_id)
                freed += bytes_
            else:
                log.info("the folder of %s cannot be removed yet", run_id)
        return removed, freed
