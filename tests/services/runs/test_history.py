"""Looking for runs of the past by words and by times, at any depth."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.database.repositories import jobs, runs
from backend.database.repositories.jobs import Filter
from backend.services.jobs import Jobs
from backend.services.runs import history as module
from backend.services.runs.history import ALL, History, Search

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
RUNS = 60


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    async with open_database("sqlite:///runs.db", tmp_path, SystemClock()) as database:
        await fill(database)
        known = Jobs(database)
        await known.open()
        yield History(database, known)


async def fill(database: Database) -> None:
    """One a minute; each tenth of module b; between them jobs of another kind."""
    made = [
        jobs.Job(
            number, "run" if number % 3 else "scan", "b" if number % 10 == 0 else "a", "completed",
            BEGUN + timedelta(minutes=number), error="no Space left" if number == 40 else None,
        )
        for number in range(1, RUNS + 1)
    ]  # fmt: skip
    records = [
        runs.Record(
            one.id, f"run_20260101_000000_{one.subject}_{one.id:08x}", "Collect", {"n": one.id, "city": "Århus"}, [],
            [], 1, message=f'page "{one.id}"' if one.id == 20 else None, reason="100%_done" if one.id == 22 else None,
        )
        for one in made if one.job_type == "run"
    ]  # fmt: skip

    async def unit(session: object) -> None:
        await jobs.store(session, made)  # type: ignore[arg-type]
        await runs.store(session, records)  # type: ignore[arg-type]

    await database.write(unit)


async def found(history: History, search: Search, wanted: Filter | None = None) -> list[int]:
    """By pages of seven, until the end."""
    ids: list[int] = []
    wanted = wanted or Filter()
    while True:
        stretch = await history.page(wanted, limit=7, offset=0, search=search)
        ids += [job.id for job, _ in stretch.rows]
        assert stretch.total is None or search == ALL
        if stretch.following is None:
            return ids
        wanted = Filter(None, wanted.subject, wanted.status, stretch.following)


async def test_times_bound_the_history_whatever_lies_between(history: History) -> None:
    since, until = BEGUN + timedelta(minutes=10), BEGUN + timedelta(minutes=31)
    assert await found(history, Search(since=since, until=until)) == [n for n in range(30, 9, -1) if n % 3]
    assert await found(history, Search(since=since, until=until), Filter(subject="b")) == [20, 10]
    assert await found(history, Search(since=BEGUN + timedelta(days=9))) == []
    assert await found(history, Search(until=BEGUN)) == []
    assert await found(history, ALL) == [n for n in range(RUNS, 0, -1) if n % 3]


async def test_words_are_found_wherever_a_person_reads_them(history: History) -> None:
    assert await found(history, Search('"20"')) == [20]  # as it said so
    assert await found(history, Search("0%_d")) == [22]  # what is written is meant, and no pattern
    assert await found(history, Search("space collect")) == [40]  # each of the words, in any of the places
    assert await found(history, Search("_b_0000000a")) == [10]  # its id
    assert len(await found(history, Search("Århus"))) == RUNS - RUNS // 3
    assert await found(history, Search("nowhere")) == []


async def test_only_so_many_runs_are_looked_at_and_the_next_page_looks_on(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKED_THROUGH", 10)
    first = await history.page(Filter(), limit=7, offset=0, search=Search("_b_0000000a"))
    assert (first.rows, first.following) == ([], 46)
    assert await found(history, Search("_b_0000000a")) == [10]
