"""What is remembered of fetching from creators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.database import Database
from backend.database.repositories import jobs, knowledge, runs
from backend.database.repositories.jobs import Job

BEGIN = datetime(2026, 11, 21, tzinfo=UTC)


async def _run(session: AsyncSession, number: int) -> None:
    job = Job(number, runs.TYPE, "fetch", "completed", BEGIN + timedelta(days=number, seconds=1))
    await jobs.store(session, [job])
    await runs.store(session, [runs.Record(number, f"run-{number}", "fetch", {}, [], [], 1)])


async def _fetch(session: AsyncSession, number: int, *, over: bool = True) -> None:
    """Noted a moment before its run is."""
    at = BEGIN + timedelta(days=number)
    run_id = f"run-{number}"
    row = {"run_id": run_id, "creator_id": "ada", "requested_by": "local", "queued_at": at, "status": "queued"}
    await knowledge.add_fetch(session, row)
    if over:
        await knowledge.end_fetch(session, run_id, status="completed", at=at, videos_processed=1, insights_extracted=1)


async def test_fetches_are_kept_as_long_as_runs_are(database: Database) -> None:
    async def fill(session: AsyncSession) -> None:
        await _fetch(session, 1, over=False)
        for number in range(2, 8):
            await _fetch(session, number)
        for number in (5, 6):
            await _run(session, number)

    await database.write(fill)
    await database.write(knowledge.forget_fetches)
    async with database.read() as session:
        left = [row.run_id for row in await knowledge.fetches(session, 10)]
    assert left == ["run-7", "run-6", "run-5", "run-1"], "what goes on stays, and so does what never became a run"


async def test_without_any_run_nothing_is_forgotten(database: Database) -> None:
    await database.write(lambda session: _fetch(session, 1))
    await database.write(knowledge.forget_fetches)
    async with database.read() as session:
        assert await knowledge.count_fetches(session) == 1
