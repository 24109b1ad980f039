"""Runs as the database has them: one by its id, and pages of them by filters at any depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.database import Database
from backend.database.repositories import runs as table
from backend.database.repositories.jobs import Filter, first_at
from backend.database.repositories.runs import Both
from backend.services.jobs import Jobs
from backend.services.runs.errors import UnknownRun

LOOKED_THROUGH = 10_000  # runs in which words are looked for at once; the next page looks on


@dataclass(frozen=True, slots=True)
class Search:
    """Runs in which each of the words of `text` occurs, asked for at `since` or later and before `until`."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def words(self) -> list[str]:
        return self.text.split()


ALL = Search()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of a page; `following` is the `before` of the next one, None at the end. `total` is None where they would
    have to be counted. Where words were looked for there may be fewer rows than asked for, and more to come."""

    rows: Sequence[Both]
    total: int | None
    following: int | None


class History:
    def __init__(self, database: Database, jobs: Jobs) -> None:
        self._database = database
        self._jobs = jobs

    async def find(self, run_id: str) -> Both:
        """Raises `UnknownRun`."""
        async with self._database.read() as session:
            found = await table.find(session, run_id)
        if found is None:
            raise UnknownRun(f"There is no run {run_id!r}. GET /api/runs lists them.")
        return found

    async def page(self, wanted: Filter, *, limit: int, offset: int, search: Search = ALL) -> Stretch:
        """The newest first; `wanted` is of jobs, whose type is filled in here."""
        async with self._database.read() as session:
            wanted = await _within(session, replace(wanted, job_type=table.TYPE), search)
        ids, following = await self._ids(wanted, search.words, limit, offset)
        async with self._database.read() as session:
            rows = await table.of_jobs(session, ids)
        total = self._jobs.count(table.TYPE, wanted.subject, wanted.status) if search == ALL else None
        return Stretch(rows, total, following)

    async def _ids(
        self, wanted: Filter, words: Sequence[str], limit: int, offset: int
    ) -> tuple[Sequence[int], int | None]:
        """Of a page, and where the next one goes on."""
        through = None
        if words:
            async with self._database.read() as session:
                looked = await table.with_words(
                    session, wanted, words, limit=limit + 1, offset=offset, most=LOOKED_THROUGH
                )
            ids, through = looked.ids, looked.through
        else:
            ids = await self._jobs.ids(wanted, limit=limit + 1, offset=offset)
        return ids[:limit], ids[limit - 1] if len(ids) > limit else through


async def _within(session: AsyncSession, wanted: Filter, search: Search) -> Filter:
    """With the times as bounds of ids."""
    if search.since is not None:
        wanted = replace(wanted, first=await first_at(session, search.since))
    if search.until is not None:
        until = await first_at(session, search.until)
        wanted = replace(wanted, before=until if wanted.before is None else min(until, wanted.before))
    return wanted
