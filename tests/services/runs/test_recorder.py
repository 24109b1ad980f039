"""What became of runs is stored together, with its facts, and what the database refuses harms nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.core.tasks import open_tasks
from backend.database.database import Database, open_database
from backend.database.journal import Journal, open_journal
from backend.database.repositories import runs as table
from backend.services.runs.entry import Entry
from backend.services.runs.happenings import State, Status
from backend.services.runs.recorder import Recorder
from backend.services.runs.spec import RunSpec
from tests.database.conftest import locked

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class World:
    def __init__(self, database: Database, journal: Journal, recorder: Recorder) -> None:
        self.database, self.journal, self.recorder = database, journal, recorder
        self.let_go: list[int] = []
        recorder.on_finished(lambda entry: self.let_go.append(entry.spec.job_id))

    def moved(self, entry: Entry, status: Status) -> None:
        entry.state = replace(entry.state, status=status)
        self.recorder.run(entry)
        self.journal.tell(Fact("runs", f"run.{status}", entry.spec.run_id), along=True)

    async def states(self) -> dict[int, str]:
        async with self.database.read() as session:
            return {job.id: job.status for job, _ in await table.stretch(session, limit=10_000)}


def entry(number: int) -> Entry:
    spec = RunSpec(f"run_20261121_000000_m_{number:08x}", number, "m", "Module", NOW)
    return Entry(spec, State(queued_at=NOW.timestamp()))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with (
        open_database("sqlite:///runs.db", tmp_path, SystemClock()) as database,
        open_journal(database, SystemClock()) as journal,
        open_tasks() as tasks,
    ):
        yield World(database, journal, Recorder(database, journal, tasks, lambda words: words))


async def test_more_runs_than_one_statement_takes_are_stored_together(world: World) -> None:
    for number in range(1, 1201):
        world.moved(entry(number), "queued")
    assert await world.recorder.stored(30)
    assert len(await world.states()) == 1200
    assert world.journal.pending() == []


async def test_what_was_known_when_asked_is_stored_however_much_happens_meanwhile(world: World) -> None:
    busy = entry(1)

    async def never_rests() -> None:
        while True:
            world.recorder.run(busy)
            await asyncio.sleep(0)

    talking = asyncio.ensure_future(never_rests())
    try:
        world.moved(entry(2), "queued")
        assert await world.recorder.stored(10)
        assert 2 in await world.states()
    finally:
        talking.cancel()


async def test_a_run_that_the_database_refuses_takes_no_other_along(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def take_its_place(session: AsyncSession) -> None:
        job = "(999, 'other', 'x', 'local', 'h', 'completed', 1, 0, '2026-01-01T00:00:00.000000+00:00')"
        names = "(id, job_type, subject, requested_by, host, status, attempt, priority, queued_at)"
        await session.execute(text(f"INSERT INTO job_history {names} VALUES {job}"))
        run = f"(999, '{entry(2).spec.run_id}', 'X', '{{}}', '[]', '[]', 1, '{{}}')"
        names = "(job_id, run_id, module_name, parameters, secrets, attempts, most_attempts, metrics)"
        await session.execute(text(f"INSERT INTO runs {names} VALUES {run}"))

    await world.database.write(take_its_place)
    for number in (1, 2, 3):
        world.moved(entry(number), "completed")
    assert await world.recorder.stored(10)
    assert await world.states() == {1: "completed", 3: "completed"}
    assert sorted(world.let_go) == [1, 2, 3]
    assert f"['{entry(2).spec.run_id}'] cannot be stored" in caplog.text
    await asyncio.wait_for(world.journal.settled(), 10)


async def test_while_the_database_is_held_the_newest_state_waits_with_all_its_facts(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.database.work.PATIENCE", 0.05)
    monkeypatch.setattr("backend.services.runs.recorder.RETRY", 0.05)
    run = entry(1)
    with locked(tmp_path / "runs.db"):
        world.moved(run, "queued")
        assert not await world.recorder.stored(0.3)
        world.moved(run, "running")
        world.moved(run, "completed")
        assert not await world.recorder.stored(0.3)
        assert await world.states() == {}
        assert len(world.journal.pending()) >= 3
    assert await world.recorder.stored(10)
    assert await world.states() == {1: "completed"}
    assert world.let_go == [1]
