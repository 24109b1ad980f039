"""The history of jobs: pages by any filter, counts that are never counted."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.database.repositories import jobs as table
from backend.database.repositories.jobs import Filter, Job
from backend.database.tables.jobs import JobRow
from backend.services.jobs import Jobs

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("completed", "failed", "queued")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database("sqlite:///jobs.db", tmp_path, SystemClock()) as database:
        yield database


def job(number: int, subject: str = "a", status: str = "queued", stored: str | None = None) -> Job:
    return Job(number, "run", subject, status, BEGUN + timedelta(seconds=number), stored=stored)


async def store(database: Database, *jobs: Job) -> None:
    await database.write(lambda session: table.store(session, jobs))


async def opened(database: Database) -> Jobs:
    jobs = Jobs(database)
    await jobs.open()
    return jobs


async def test_counts_follow_every_change_and_outlive_the_daemon(database: Database) -> None:
    await store(database, job(1), job(2), job(3, "b"))
    await store(database, job(1, status="completed", stored="queued"), job(2, status="queued", stored="queued"))
    jobs = await opened(database)
    assert (jobs.count(), jobs.count("run", "a"), jobs.count(status="queued")) == (3, 2, 2)
    assert jobs.count("run", "a", "completed") == 1
    assert jobs.by_status("run") == {"queued": 2, "completed": 1}
    jobs.moved("run", "b", "queued", "failed", BEGUN)
    assert jobs.by_status("run") == {"queued": 1, "completed": 1, "failed": 1}
    assert jobs.by_status("run")["running"] == 0
    assert jobs.by_subject("run")["a"].last_at == BEGUN + timedelta(seconds=2)
    assert await jobs.next_id() == 4


async def test_a_page_is_the_same_by_key_and_by_offset_whatever_the_filter(database: Database) -> None:
    chance = random.Random(7)
    made = [job(number, chance.choice("ab"), chance.choice(STATUSES)) for number in range(1, 120)]
    await store(database, *made)
    jobs = await opened(database)
    for subject in (None, "a"):
        for status in (None, "failed"):
            fitting = [
                one.id
                for one in reversed(made)
                if subject in (None, one.subject) and status in (None, one.status)
            ]  # fmt: skip
            assert jobs.count("run", subject, status) == len(fitting)
            for offset in (0, 1, len(fitting) // 2, len(fitting) - 3, len(fitting) - 1, len(fitting), 500):
                ids = await jobs.ids(Filter("run", subject, status), limit=10, offset=offset)
                assert ids == fitting[offset : offset + 10], (subject, status, offset)
            before = fitting[4]
            ids = await jobs.ids(Filter("run", subject, status, before), limit=10)
            assert ids == fitting[5:15]


async def test_no_page_looks_at_more_rows_than_it_needs(database: Database) -> None:
    """Every filter has an index that is already in the order of the page."""
    for wanted in (
        Filter(),
        Filter("run"),
        Filter(None, "a"),
        Filter(None, None, "failed"),
        Filter("run", "a"),
        Filter("run", None, "failed"),
        Filter("run", "a", "failed"),
    ):
        chosen = select(JobRow.id).where(*wanted.conditions()).order_by(JobRow.id.desc()).limit(50)
        statement = str(chosen.compile(compile_kwargs={"literal_binds": True}))
        async with database.read() as session:
            plan = " ".join(row[3] for row in await session.execute(text(f"EXPLAIN QUERY PLAN {statement}")))
        assert "TEMP B-TREE" not in plan, plan
        if wanted != Filter():
            assert "USING COVERING INDEX" in plan, plan


async def test_an_id_that_was_seen_before_the_database_could_be_read_is_not_given_again(database: Database) -> None:
    await store(database, job(1))
    jobs = Jobs(database)
    jobs.seen(7)
    assert await jobs.next_id() == 8
