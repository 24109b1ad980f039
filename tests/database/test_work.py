import asyncio
import logging
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.database.engine import DatabaseUnavailable
from backend.database.tables.knowledge import FetchRow
from tests.database.conftest import locked
from tests.database.waiting import until
from tests.fakes.clock import TurnedClock

NOW = SystemClock().now()


def adding(name: str) -> FetchRow:
    return FetchRow(run_id=name, creator_id="ada", requested_by="local", queued_at=NOW, status="queued")


async def add(database: Database, name: str) -> None:
    async def work(session: AsyncSession) -> None:
        session.add(adding(name))

    await database.write(work)


async def names(database: Database) -> list[str]:
    async with database.read() as session:
        return list(await session.scalars(select(FetchRow.run_id).order_by(FetchRow.id)))


async def test_a_unit_gives_back_what_it_returns_once_that_is_committed(database: Database) -> None:
    async def work(session: AsyncSession) -> int:
        row = adding("one")
        session.add(row)
        await session.flush()
        return row.id

    assert await database.write(work) == 1
    assert await names(database) == ["one"]


async def test_a_unit_that_raises_leaves_nothing_behind_and_its_caller_hears_it(database: Database) -> None:
    async def work(session: AsyncSession) -> None:
        session.add(adding("one"))
        await session.flush()
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await database.write(work)
    await add(database, "two")
    assert await names(database) == ["two"]


async def test_a_unit_that_commits_by_itself_still_is_one_unit(database: Database) -> None:
    async def work(session: AsyncSession) -> None:
        session.add(adding("one"))
        await session.commit()
        raise ValueError("after all")

    with pytest.raises(ValueError, match="after all"):
        await database.write(work)
    assert await names(database) == []


async def test_what_the_tables_refuse_is_raised_as_it_is(database: Database) -> None:
    await add(database, "same")
    with pytest.raises(IntegrityError):
        await add(database, "same")
    assert await database.state() == "connected"


async def test_a_mistake_in_a_statement_is_not_taken_for_an_absent_database(database: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await database.write(lambda session: session.execute(text("DELETE FROM nowhere")))
    assert await database.state() == "connected"


async def test_units_are_written_in_the_order_in_which_they_were_asked_for(database: Database) -> None:
    wanted = [f"agent {number:03}" for number in range(200)]
    await asyncio.gather(*(add(database, name) for name in wanted))
    assert await names(database) == wanted


async def test_two_units_that_read_before_they_write_never_lose_an_update(database: Database) -> None:
    async def count_up(session: AsyncSession) -> None:
        number = await session.scalar(select(func.count()).select_from(FetchRow)) or 0
        await asyncio.sleep(0)
        session.add(adding(f"run {number}"))

    await asyncio.gather(*(database.write(count_up) for _ in range(50)))
    assert sorted(await names(database)) == sorted(f"run {number}" for number in range(50))


async def test_a_cancelled_caller_leaves_its_unit_to_run_to_the_end(database: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(session: AsyncSession) -> None:
        session.add(adding("kept"))
        await session.flush()
        begun.set()
        await go_on.wait()

    caller = asyncio.create_task(database.write(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await add(database, "next")
    assert await names(database) == ["kept", "next"]


async def test_a_unit_that_fails_after_its_caller_has_gone_is_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(_session: AsyncSession) -> None:
        begun.set()
        await go_on.wait()
        raise ValueError("nobody listens")

    caller = asyncio.create_task(database.write(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await add(database, "next")
    assert "nobody listens" in caplog.text


async def test_a_unit_that_is_cancelled_from_within_does_not_take_the_writer_along(database: Database) -> None:
    async def work(_session: AsyncSession) -> None:
        raise asyncio.CancelledError

    caller = asyncio.create_task(database.write(work))
    await asyncio.wait((caller,))
    assert caller.cancelled()
    await add(database, "next")
    assert await names(database) == ["next"]


async def test_a_unit_that_waits_for_another_unit_is_refused_instead_of_waiting_for_ever(database: Database) -> None:
    with pytest.raises(RuntimeError, match="must not wait for another"):
        await database.write(lambda _session: add(database, "inner"))


async def test_writing_waits_for_a_lock_of_another_program(database: Database, file: Path) -> None:
    with locked(file):
        writing = asyncio.create_task(add(database, "patient"))
        await until(lambda: _refused(database))
        assert not writing.done()
    await writing
    assert await names(database) == ["patient"]
    assert await database.state() == "connected"


async def _refused(database: Database) -> bool:
    return (await database.state()).startswith("unavailable")


async def test_patience_with_a_lock_ends_and_says_why(url: str, tmp_path: Path, file: Path) -> None:
    clock = TurnedClock()
    async with open_database(url, tmp_path, clock) as database:
        with locked(file):
            writing = asyncio.create_task(add(database, "late"))
            await until(lambda: _refused(database))
            clock.turn(31)
            with pytest.raises(DatabaseUnavailable, match="another program holds its lock"):
                await writing
        await add(database, "later")
        assert await names(database) == ["later"]


async def test_a_full_database_is_said_to_be_full_and_writing_goes_on_when_there_is_room(database: Database) -> None:
    async def confine(session: AsyncSession) -> None:
        await session.execute(text("PRAGMA max_page_count = 1"))

    async def free(session: AsyncSession) -> None:
        await session.execute(text("PRAGMA max_page_count = 1000000"))

    async def fill(session: AsyncSession) -> None:
        session.add_all(adding(f"agent {number} {'x' * 90}") for number in range(2000))

    await database.write(confine)
    with pytest.raises(DatabaseUnavailable, match="its disk is full"):
        await database.write(fill)
    await database.write(free)
    await database.write(fill)
    assert len(await names(database)) == 2000
    assert await database.state() == "connected"


async def test_closing_writes_what_waits(url: str, tmp_path: Path) -> None:
    async with open_database(url, tmp_path, SystemClock()) as database:
        waiting = [asyncio.create_task(add(database, f"agent {number:02}")) for number in range(50)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    async with open_database(url, tmp_path, SystemClock()) as database:
        assert len(await names(database)) == 50


async def test_closing_under_a_lock_is_bounded_and_tells_those_who_wait(url: str, tmp_path: Path, file: Path) -> None:
    async with open_database(url, tmp_path, SystemClock()) as database:
        await add(database, "before")
        lock = locked(file)
        lock.__enter__()
        waiting = [asyncio.create_task(add(database, f"run {number}")) for number in range(50)]
        await until(lambda: _refused(database))
        begun = time.monotonic()
    assert time.monotonic() - begun < 3
    lock.__exit__(None, None, None)
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, DatabaseUnavailable)


async def test_a_closed_database_refuses_to_write(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    async with open_database(url, tmp_path, SystemClock()) as database:
        pass
    with pytest.raises(DatabaseUnavailable, match="it is closed"):
        await add(database, "late")
    assert caplog.text == ""
