"""Runs as the database has them: one by its id, and pages of them by filters at any depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.database.database import Database
from backend.database.repositories import runs as table
from backend.database.repositories.jobs import Filter
from backend.database.repositories.runs import Both
from backend.services.jobs import Jobs
from backend.services.runs.errors import UnknownRun


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of a page; `following` is the `before` of the next one, None at the end."""

    rows: Sequence[Both]
    total: int
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

    async def page(self, wanted: Filter, *, limit: int, offset: int) -> Stretch:
        """The newest first; `wanted` is of jobs, whose type is filled in here."""
        wanted = Filter(table.TYPE, wanted.subject, wanted.status, wanted.before)
        ids = await self._jobs.ids(wanted, limit=limit + 1, offset=offset)
        more, ids = len(ids) > limit, ids[:limit]
        async with self._database.read() as session:
            rows = await table.of_jobs(session, ids)
        total = self._jobs.count(table.TYPE, wanted.subject, wanted.status)
        return Stretch(rows, total, ids[-1] if more else None)
