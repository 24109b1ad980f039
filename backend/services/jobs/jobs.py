"""The history of jobs: their ids, how many there are of each sort, and pages of them.

An area that does jobs takes an id from here, says with `moved` what became of them, and stores their rows in a unit of
work of its own (`repositories.jobs.store`). Ids grow in the order in which jobs were asked for, whatever their kind.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.database.database import Database
from backend.database.repositories import jobs as table
from backend.database.repositories.jobs import Filter
from backend.database.tables.jobs import JobRow

Key = tuple[str, str, str]  # type, subject, status


@dataclass(slots=True)
class _Count:
    number: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """How many jobs of one subject are in each state; `last_at` is when the newest was asked for."""

    by_status: dict[str, int]
    last_at: datetime | None

    @property
    def total(self) -> int:
        return sum(self.by_status.values())


class Jobs:
    """Counts are read once and kept in step from then on: nobody counts rows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last_id: int | None = None
        self._seen = 0
        self._counts: dict[Key, _Count] = {}
        self._by_status: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Takes over ids and counts; done at the first need where the database does not answer at the start."""
        async with self._opening:
            if self._last_id is not None:
                return
            async with self._database.read() as session:
                last, counts = await table.newest(session), await table.counts(session)
            for one in counts:
                self._add((one.job_type, one.subject, one.status), one.count, one.last_at)
            self._last_id = last

    async def next_id(self) -> int:
        """An id that no job has had. Raises `DatabaseUnavailable`."""
        if self._last_id is None:
            await self.open()
        assert self._last_id is not None
        self._last_id = max(self._last_id, self._seen) + 1
        return self._last_id

    def seen(self, id_: int) -> None:
        """A job of this id is there, though its row was never written."""
        self._seen = max(self._seen, id_)

    def moved(self, job_type: str, subject: str, before: str | None, after: str | None, at: datetime) -> None:
        """A job that was asked for at `at` went from one state to another; None is before it was, or after."""
        if before is not None:
            self._add((job_type, subject, before), -1, at)
        if after is not None:
            self._add((job_type, subject, after), 1, at)

    def count(self, job_type: str | None = None, subject: str | None = None, status: str | None = None) -> int:
        wanted = (job_type, subject, status)
        return sum(
            count.number
            for key, count in self._counts.items()
            if all(part is None or part == known for part, known in zip(wanted, key, strict=True))
        )

    def by_status(self, job_type: str) -> Mapping[str, int]:
        """How many of any subject; 0 for a state that none is in. Costs the same however many subjects there are."""
        return self._by_status[job_type]

    def by_subject(self, job_type: str) -> dict[str, Totals]:
        found: dict[str, Totals] = {}
        for subject, status, count in self._of(job_type):
            known = found.get(subject, Totals({}, None))
            times = [at for at in (known.last_at, count.last_at) if at is not None]
            found[subject] = Totals({**known.by_status, status: count.number}, max(times, default=None))
        return found

    async def ids(self, wanted: Filter, *, limit: int, offset: int = 0) -> list[int]:
        """Of a page, the newest first; by `before` its cost does not depend on its depth."""
        bounded = wanted.before is not None or wanted.first is not None
        total = None if bounded else self.count(wanted.job_type, wanted.subject, wanted.status)
        async with self._database.read() as session:
            return await table.ids(session, wanted, limit=limit, offset=offset, total=total)

    async def page(self, wanted: Filter, *, limit: int, offset: int = 0) -> Sequence[JobRow]:
        ids = await self.ids(wanted, limit=limit, offset=offset)
        async with self._database.read() as session:
            return await table.rows(session, ids)

    def _of(self, job_type: str) -> Iterator[tuple[str, str, _Count]]:
        for (kind, subject, status), count in self._counts.items():
            if kind == job_type and count.number > 0:
                yield subject, status, count

    def _add(self, key: Key, by: int, at: datetime) -> None:
        count = self._counts.setdefault(key, _Count())
        count.number += by
        job_type, _, status = key
        self._by_status[job_type][status] += by
        if by > 0 and (count.last_at is None or at > count.last_at):
            count.last_at = at
