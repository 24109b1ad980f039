import asyncio
import gc
import os
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import warnings
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from backend.core.clock import SystemClock
from backend.database import database as module
from backend.database.database import Database, open_database
from backend.database.engine import DatabaseUnavailable, wal_size
from tests.database.conftest import locked
from tests.database.waiting import until
from tests.fakes.given import GivenTime


async def nothing(_session: AsyncSession) -> None:
    """A unit that only begins and commits."""


async def fill(session: AsyncSession) -> None:
    await session.execute(text("CREATE TABLE IF NOT EXISTS filler (text TEXT)"))
    await session.execute(text("INSERT INTO filler VALUES (hex(zeroblob(500000)))"))


async def read_slowly(database: Database) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    async with database.read() as session:
        await session.execute(text(f"{numbers} SELECT count(*) FROM n"))


def moved_into(file: Path, size: int) -> bool:
    """Whether the file has more than `size` bytes and all of its log (https://www.sqlite.org/walformat.html, 2.1)."""
    index = file.with_name(f"{file.name}-shm").read_bytes()
    (newest,), (moved,) = struct.unpack_from("=I", index, 16), struct.unpack_from("=I", index, 96)
    return file.stat().st_size > size and moved == newest


def threads() -> set[threading.Thread]:
    """Those that a database starts: the event loop's own pool of threads is not its."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


async def test_an_open_database_is_connected(database: Database) -> None:
    assert await database.state() == "connected"


async def test_a_read_that_outlives_the_database_leaves_no_connection_open(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: complaints.append(repr(told.exc_value)))
    monkeypatch.setattr(module, "CLOSING_GRACE", 0.0)
    async with open_database(url, tmp_path, SystemClock()) as database:
        await read_slowly(database)
        reading = asyncio.create_task(read_slowly(database))
        await asyncio.sleep(0)
    assert not reading.done()
    await reading
    gc.collect()
    assert complaints == []


async def test_a_read_that_comes_while_the_database_closes_is_refused_and_leaves_no_connection_open(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: complaints.append(repr(told.exc_value)))
    refused: list[str] = []

    async def read_until_refused(database: Database) -> None:
        while not refused:
            try:
                await read_slowly(database)
            except DatabaseUnavailable as error:
                refused.append(error.reason)

    async with open_database(url, tmp_path, SystemClock()) as database:
        await asyncio.gather(*(read_slowly(database) for _ in range(4)))
        late = asyncio.create_task(read_until_refused(database))
        await asyncio.sleep(0)
    await late
    gc.collect()
    assert complaints == []
    assert refused == ["it is closed"]


async def test_asking_for_the_state_never_takes_long_while_the_database_is_locked(
    database: Database, file: Path
) -> None:
    with locked(file):
        writing = asyncio.create_task(database.write(nothing))
        answers = []
        longest = 0.0
        deadline = time.monotonic() + 1.5
        with GivenTime() as given:
            while time.monotonic() < deadline:
                begun = given.seconds
                answers.append(await database.state())
                longest = max(longest, given.seconds - begun)
                await asyncio.sleep(0.02)
    await writing
    assert longest < 0.25  # 20 ms, and what a busy machine adds
    assert answers[-1] == "unavailable: another program holds its lock"


async def test_the_state_recovers_by_itself_when_nobody_writes(database: Database, file: Path) -> None:
    with locked(file):
        waiting = asyncio.create_task(database.write(nothing))
        await until(lambda: _is(database, "unavailable: another program holds its lock"))
    await until(lambda: _is(database, "connected"))
    await waiting


async def _is(database: Database, wanted: str) -> bool:
    return await database.state() == wanted


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let an open file be removed")
async def test_a_file_that_was_removed_is_missed(database: Database, file: Path) -> None:
    file.rename(file.with_suffix(".away"))
    await until(lambda: _is(database, "unavailable: its file is gone"))
    file.with_suffix(".away").rename(file)
    await until(lambda: _is(database, "connected"))


async def test_a_file_whose_tables_have_gone_is_noticed(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("DROP TABLE alembic_version")
    await until(lambda: _is(database, "unavailable: its tables are not the ones that were opened"))


async def test_reading_goes_on_while_another_program_holds_the_lock(database: Database, file: Path) -> None:
    with locked(file):
        async with database.read() as session:
            assert await session.scalar(text("SELECT count(*) FROM events")) == 0


async def test_more_readers_than_connections_take_turns(database: Database) -> None:
    async def read() -> int:
        async with database.read() as session:
            return int(await session.scalar(text("SELECT 1")) or 0)

    assert sum(await asyncio.gather(*(read() for _ in range(100)))) == 100


async def test_readers_that_are_cancelled_leave_the_others_their_connections(database: Database) -> None:
    for delay in (0.0, 0.001, 0.005):
        reading = [asyncio.create_task(read_slowly(database)) for _ in range(10)]
        await asyncio.sleep(delay)
        for one in reading:
            one.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    await asyncio.wait_for(asyncio.gather(*(read_slowly(database) for _ in range(10))), 20)
    assert await database.state() == "connected"


async def test_closing_leaves_no_thread_no_connection_and_no_log_behind(url: str, tmp_path: Path, file: Path) -> None:
    before = threads()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        async with open_database(url, tmp_path, SystemClock()) as database:
            reading = [asyncio.create_task(database.state()) for _ in range(5)]
            await database.write(fill)
            await asyncio.gather(*reading)
            abandoned = [asyncio.create_task(database.write(nothing)), asyncio.create_task(read_slowly(database))]
            await asyncio.sleep(0.01)
            for one in abandoned:
                one.cancel()
        await until(lambda: threads() <= before)
        gc.collect()
    assert [found.name for found in tmp_path.iterdir()] == [file.name]
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("database")]


async def test_readers_and_writer_let_go_of_the_file_one_after_the_other(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's last connection takes the log away; of two that close at once neither is the last."""
    steps: list[tuple[str, AsyncEngine]] = []
    dispose = AsyncEngine.dispose

    async def recorded(engine: AsyncEngine, close: bool = True) -> None:
        steps.append(("begins", engine))
        await dispose(engine, close)
        steps.append(("ends", engine))

    monkeypatch.setattr(AsyncEngine, "dispose", recorded)
    async with open_database(url, tmp_path, SystemClock()) as database:
        await database.write(fill)
        reading = asyncio.create_task(read_slowly(database))
        await asyncio.sleep(0)
    await reading
    assert len({engine for _, engine in steps}) == 2
    for (first, one), (second, other) in zip(steps[::2], steps[1::2], strict=True):
        assert (first, second, one) == ("begins", "ends", other)


async def test_checkpoints_keep_the_log_short_without_being_asked(
    url: str, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_BYTES", 1_000_000)
    monkeypatch.setattr(module, "CHECKPOINT_PAUSE", 0.01)
    async with open_database(url, tmp_path, SystemClock()) as database:
        for number in range(1, 11):
            await database.write(fill)
            await until(partial(moved_into, file, number * 1_000_000))
        assert wal_size(file) < 5_000_000  # ten times a megabyte was written


async def test_a_daemon_that_is_killed_loses_no_row_that_was_committed(url: str, tmp_path: Path, file: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from sqlalchemy import text\n"
        "from backend.core.clock import SystemClock; from backend.database.database import open_database\n"
        "async def main():\n"
        "    async with open_database(sys.argv[1], Path('.'), SystemClock()) as database:\n"
        "        for number in range(1, 1000000):\n"
        "            await database.write(lambda session: session.execute(\n"
        "                text('INSERT INTO leases (resource, fencing) VALUES (:name, :number)'),\n"
        "                {'name': f'r{number}', 'number': number}))\n"
        "            print(number, flush=True)\n"
        "asyncio.run(main())"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    with writer.stdout as said:
        while int(said.readline()) < 100:
            pass
        writer.kill()
        rest = said.read().split()
    writer.wait()
    told = int(rest[-1]) if rest else 100
    async with open_database(url, tmp_path, SystemClock()) as database, database.read() as session:
        kept = await session.scalar(text("SELECT count(*) FROM leases")) or 0
        assert kept >= told
        assert await session.scalar(text("SELECT max(fencing) FROM leases")) == kept
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
