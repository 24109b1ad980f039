"""What is forgotten of runs, and that it goes whole: real folders, a real database, and deaths at random moments."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app import open_center
from backend.config import ROOT, Settings
from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.database.database import Database, open_database
from backend.database.engine import DatabaseUnavailable
from backend.database.repositories import jobs as job_table
from backend.database.repositories import processes
from backend.database.repositories import runs as table
from backend.services.jobs import Jobs
from backend.services.runs import retention
from backend.services.runs.folder import RunFolders
from backend.services.runs.keep import Keep
from backend.services.runs.retention import BATCH, Retention
from tests.database.conftest import locked
from tests.database.waiting import until
from tests.fakes.clock import TurnedClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)  # of the clock
DAY = 86400.0


def name(number: int) -> str:
    return f"run_20260101_000000_m_{number:08x}"


async def over(database: Database, root: Path, *numbers: int, status: str = "completed", size: int = 100) -> None:
    """Runs that ended as many days ago as their number is below 1000, each with a folder of `size` bytes."""
    jobs, records, trees = [], [], []
    for number in numbers:
        at = NOW - timedelta(days=1000 - number)
        jobs.append(job_table.Job(number, table.TYPE, "m", status, at, completed_at=at))
        records.append(table.Record(number, name(number), "Module", {}, [], [], 1, exit_code=0))
        owner = (table.TYPE, name(number))
        launch = processes.Launch(f"tree{number}", owner, 1, "1", "b", ("true",), "/", "/x", "adopt", at)
        trees.append(processes.History(launch, ended_at=at))
        (root / name(number) / "made").mkdir(parents=True)
        (root / name(number) / "made" / "picture.png").write_bytes(b"x" * size)

    async def unit(session: AsyncSession) -> None:
        await job_table.store(session, jobs)
        await table.store(session, records)
        await processes.store(session, trees)

    await database.write(unit)


class World:
    """A database and folders, with what is told."""

    def __init__(self, database: Database, root: Path) -> None:
        self.database, self.root = database, root
        self.jobs = Jobs(database)
        self.folders = RunFolders(root)
        self.told: list[Fact] = []
        self.present: set[str] = set()

    def retention(self, keep: Keep) -> Retention:
        return Retention(
            database=self.database, jobs=self.jobs, folders=self.folders, clock=TurnedClock(NOW), tell=self.told.append,
            keep=lambda: keep, present=self.present,
        )  # fmt: skip

    async def over(self, *numbers: int, **more: Any) -> None:
        await over(self.database, self.root, *numbers, **more)

    async def rows(self) -> list[int]:
        async with self.database.read() as session:
            return [job.id for job, _ in await table.stretch(session, limit=10_000)]

    def kept_folders(self) -> list[int]:
        return sorted(int(path.name[-8:], 16) for path in self.root.iterdir())

    async def is_left(self, numbers: Sequence[int]) -> None:
        """These runs and nothing of any other."""
        assert await self.rows() == list(numbers)
        assert self.kept_folders() == list(numbers)
        async with self.database.read() as session:
            assert await table.remains(session) == []
            counted = await job_table.counts(session)
        assert sum(one.count for one in counted) == len(numbers) == self.jobs.count(table.TYPE)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(retention, "PAUSE", 0.001)
    async with open_database("sqlite:///runs.db", tmp_path, SystemClock()) as database:
        (tmp_path / "runs").mkdir()
        yield World(database, tmp_path / "runs")


async def test_runs_that_ended_too_long_ago_go(world: World) -> None:
    await world.over(*range(900, 1000))
    assert await world.retention(Keep(age=20.5 * DAY)).forget() == 80
    await world.is_left(range(980, 1000))


async def test_the_newest_of_a_number_stay(world: World) -> None:
    await world.over(*range(1, 131))
    assert await world.retention(Keep(count=7)).forget() == 123
    await world.is_left(range(124, 131))


async def test_the_newest_stay_whose_folders_are_not_too_big_together(world: World) -> None:
    await world.over(*range(1, 100), size=1000)
    await world.over(100, size=5000)
    assert await world.retention(Keep(size=66_000)).forget() == 38
    await world.is_left(range(39, 101))


async def test_each_bound_holds_for_itself(world: World) -> None:
    await world.over(*range(960, 1000), size=1000)
    await world.retention(Keep(age=30.5 * DAY, count=25, size=1_000_000)).forget()
    await world.is_left(range(975, 1000))
    await world.retention(Keep(age=10.5 * DAY, count=25, size=1_000_000)).forget()
    await world.is_left(range(990, 1000))
    await world.retention(Keep(age=10.5 * DAY, count=25, size=3500)).forget()
    await world.is_left(range(997, 1000))


async def test_the_newest_always_stays_for_ids_continue_from_it(world: World) -> None:
    await world.over(1, 2, 3)
    await world.retention(Keep(age=1.0, size=1)).forget()
    await world.is_left([3])


async def test_without_bounds_all_stays(world: World) -> None:
    await world.over(1, 2, 3)
    assert await world.retention(Keep()).forget() == 0
    await world.jobs.open()
    await world.is_left([1, 2, 3])
    assert world.told == []


async def test_what_is_not_over_or_not_stored_yet_stays(world: World) -> None:
    await world.over(1, 5, 9)
    for number, status in ((2, "queued"), (3, "starting"), (4, "running")):
        await world.over(number, status=status)
    world.present.add(name(5))
    await world.retention(Keep(age=1.0, count=1, size=1)).forget()
    await world.is_left([2, 3, 4, 5, 9])


async def test_all_of_a_run_goes_and_a_pass_is_told_once(world: World) -> None:
    await world.over(*range(1, 121), size=10)
    await world.retention(Keep(count=20)).forget()
    [fact] = world.told
    assert (fact.type, fact.payload) == ("runs.forgotten", {"count": 100, "bytes": 1000})
    with closing(sqlite3.connect(world.root.parent / "runs.db")) as database:
        for query in ("job_history", "runs", "process_trees WHERE owner_kind = 'run'"):
            assert database.execute(f"SELECT count(*) FROM {query}").fetchone() == (20,), query
    assert await world.retention(Keep(count=20)).forget() == 0
    assert len(world.told) == 1


async def test_it_goes_gently(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.over(*range(1, 4 * BATCH + 2))
    changes: list[int] = []
    write = world.database.write

    async def counted(work: Any) -> Any:
        before = len(await world.rows())
        result = await write(work)
        changes.append(before - len(await world.rows()))
        return result

    monkeypatch.setattr(world.database, "write", counted)
    await world.retention(Keep(count=1)).forget()
    assert sum(changes) == 4 * BATCH
    assert max(changes) == BATCH


async def test_what_a_run_links_to_and_what_nobody_noted_stays(world: World, tmp_path: Path) -> None:
    await world.over(1, 2)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    (world.root / name(1) / "link").symlink_to(outside)
    (world.root / "mine").mkdir()
    (world.root / name(77)).mkdir()
    await world.retention(Keep(count=1)).forget()
    assert (outside / "precious").exists()
    assert sorted(path.name for path in world.root.iterdir()) == ["mine", name(2), name(77)]


async def test_a_folder_that_cannot_be_removed_yet_is_removed_by_a_later_pass(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.over(1, 2, 3)
    with monkeypatch.context() as held:
        held.setattr(RunFolders, "remove", lambda folders, run_id: False)  # as Windows does while a file is open
        await world.retention(Keep(count=1)).forget()
    assert (await world.rows(), world.kept_folders()) == ([3], [1, 2, 3])
    await world.retention(Keep()).forget()
    await world.is_left([3])


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_folders_that_nobody_may_write_to_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.geteuid()
    somebody = 65534 if me == 0 else me  # root may write everywhere
    root = tmp_path / "runs"
    deep = root / name(1) / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    for path in (root, root / name(1), deep.parent, deep, deep / "file"):
        os.chown(path, somebody, -1)
        path.chmod(0o700 if path == root else 0o500)
    monkeypatch.chdir(root)
    os.seteuid(somebody)
    try:
        assert RunFolders(Path()).remove(name(1))
    finally:
        os.seteuid(me)
    assert list(root.iterdir()) == []


async def test_a_database_that_does_not_answer_ends_a_pass_with_nothing_half_gone(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.database.work.PATIENCE", 0.1)
    await world.over(1, 2, 3)
    with locked(tmp_path / "runs.db"), pytest.raises(DatabaseUnavailable):
        await world.retention(Keep(count=1)).forget()
    assert (await world.rows(), world.kept_folders()) == ([1, 2, 3], [1, 2, 3])
    await world.retention(Keep(count=1)).forget()
    await world.is_left([3])


PASSES = """
import asyncio, os, sys
from pathlib import Path
from backend.core.clock import SystemClock
from backend.database.database import open_database
from backend.services.jobs import Jobs
from backend.services.runs import retention
from backend.services.runs.folder import RunFolders
from backend.services.runs.keep import Keep

retention.PAUSE = 0.01

async def forget(folder):
    async with open_database("sqlite:///runs.db", folder, SystemClock()) as database:
        print(os.getpid(), flush=True)
        await retention.Retention(
            database=database, jobs=Jobs(database), folders=RunFolders(folder / "runs"), clock=SystemClock(),
            tell=lambda fact: None, keep=lambda: Keep(count=1), present=(),
        ).forget()
    await asyncio.sleep(60)

for line in sys.stdin:
    if not (child := os.fork()):
        asyncio.run(forget(Path(sys.argv[1])))
    os.waitpid(child, 0)
    print("gone", flush=True)
"""  # a pass in a process of its own, as often as a line is written


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
async def test_a_death_in_the_middle_leaves_nothing_half(world: World, tmp_path: Path, seed: int) -> None:
    await world.over(*range(1, 301))
    chance = random.Random(seed)
    command = [sys.executable, "-c", PASSES, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as passes:
        assert passes.stdin is not None
        assert passes.stdout is not None
        for _ in range(4):
            passes.stdin.write(b"\n")
            passes.stdin.flush()
            dying = int(await asyncio.to_thread(passes.stdout.readline))
            time.sleep(chance.uniform(0, 0.1))
            os.kill(dying, signal.SIGKILL)
            assert await asyncio.to_thread(passes.stdout.readline) == b"gone\n"
            rows, folders = await world.rows(), world.kept_folders()
            assert set(rows) <= set(folders), f"seed {seed}: no row without its folder"
            async with world.database.read() as session:
                noted = {int(run_id[-8:], 16) for run_id in await table.remains(session)}
            assert set(folders) - set(rows) <= noted, f"seed {seed}: no folder that nobody would remove"
    await world.jobs.open()
    await world.retention(Keep(count=1)).forget()
    await world.is_left([300])


@pytest.mark.skipif(sys.platform == "win32", reason="a command of POSIX")
async def test_what_the_configuration_says_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FIRST", 0.05)
    monkeypatch.setattr(retention, "EVERY", 0.1)
    modules = "modules: {quick: {command: ['true']}, long: {command: [sleep, '300']}}\n"
    (tmp_path / "control-center.yaml").write_text(modules + "retention: {runs: {count: 2}}\n")
    (tmp_path / "data").mkdir()
    settings = Settings(data_dir=tmp_path / "data", log_dir=tmp_path / "logs", config_dir=tmp_path)
    async with open_center(settings) as center:
        going = await center.runs.submit("long", {})
        asked = [await center.runs.submit("quick", {}) for _ in range(6)]
        await until(lambda: center.runs.totals().total == 3)
        kept = [run.run_id for run in (await center.runs.page()).runs]
        assert kept == [asked[5].run_id, asked[4].run_id, going.run_id]
        folder = tmp_path / "data" / "runs"
        await until(lambda: sorted(path.name for path in folder.iterdir()) == sorted(kept))
        await center.runs.close()
