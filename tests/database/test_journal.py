import asyncio
import logging
import os
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import SystemClock
from backend.core.events import Event, Fact
from backend.core.tasks import open_tasks
from backend.database import outage
from backend.database.database import Database, open_database
from backend.database.engine import DatabaseUnavailable
from backend.database.journal import BATCH, ROOM, Journal, open_journal
from backend.database.repositories import events as table
from backend.database.repositories.events import Filter
from backend.database.rest import SHORTEST, TIMES
from backend.database.work import Work
from tests.database.conftest import locked
from tests.database.waiting import until
from tests.fakes.clock import TurnedClock


def started(number: int = 0, **payload: Any) -> Fact:
    return Fact("supervisor", "service.started", "comfyui", actor="local", payload={"number": number, **payload})


async def stored(database: Database, **wanted: Any) -> list[Event]:
    async with database.read() as session:
        return (await table.page(session, Filter(**wanted), limit=100_000, newest_first=False)).events


async def test_a_fact_gets_its_place_and_time_and_is_told_at_once(journal: Journal) -> None:
    with journal.bus.subscribe() as told:
        first, second = journal.tell(started(1)), journal.tell(started(2))
        assert await told.take() == [first, second]
    assert second.seq == first.seq + 1
    assert datetime.now(UTC) - first.at < timedelta(seconds=5)


async def test_what_is_told_is_stored_whole(database: Database, journal: Journal) -> None:
    cause = journal.tell(started(1))
    event = journal.tell(
        Fact("supervisor", "service.exited", "größe", "user", cause.id, {"code": 1, "why": ["a", None, 2.5]}, version=3)
    )
    await journal.settled()
    assert journal.stored_seq == event.seq
    assert (await stored(database))[-1] == event


async def test_thousands_of_facts_are_stored_in_the_order_in_which_they_were_told(
    database: Database, journal: Journal
) -> None:
    told = [journal.tell(started(number)) for number in range(3 * BATCH + 7)]
    await journal.settled()
    assert await stored(database) == told


async def test_telling_never_waits_for_a_locked_database_and_nothing_is_lost(
    database: Database, journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "LASTING", 60)
    told = [journal.tell(started())]
    await journal.settled()
    with locked(file):
        longest = 0.0
        deadline = time.monotonic() + 2
        with journal.bus.subscribe() as live:
            while time.monotonic() < deadline:
                begun = time.monotonic()
                told.append(journal.tell(started(len(told))))
                longest = max(longest, time.monotonic() - begun)
                assert await live.take() == [told[-1]]
                await asyncio.sleep(0.01)
        assert longest < 0.05
        assert journal.stored_seq == told[0].seq
        assert journal.pending() == told[1:]
    await asyncio.wait_for(journal.settled(), 10)
    assert journal.pending() == []
    assert await stored(database) == told


async def test_an_outage_is_told_while_it_lasts_and_when_it_is_over(
    database: Database, journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "LASTING", 0.05)
    with journal.bus.subscribe() as live:
        with locked(file):
            journal.tell(started())
            assert [event.fact.type for event in await live.take()] == ["service.started"]
            (gone,) = await live.take()
        (back,) = await live.take()
    reason = "another program holds its lock"
    assert (gone.fact.type, gone.fact.payload) == ("database.unavailable", {"reason": reason})
    assert (back.fact.type, back.fact.payload["reason"]) == ("database.back", reason)
    await journal.settled()
    assert [event.seq for event in await stored(database)][-2:] == [gone.seq, back.seq]


async def test_a_lock_that_is_soon_gone_is_no_outage(database: Database, journal: Journal, file: Path) -> None:
    with locked(file):
        late = journal.tell(started())
        await until(lambda: _state_is(database, "unavailable: another program holds its lock"))
    await journal.settled()
    assert await stored(database) == [late]


async def test_storing_is_tried_again_while_the_disk_is_full(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.database.journal.RETRY_SECONDS", 0.01)

    async def limit(session: AsyncSession, pages: int) -> None:
        await session.execute(text(f"PRAGMA max_page_count = {pages}"))

    await database.write(lambda session: limit(session, 1))
    told = [journal.tell(started(number, text="x" * 1000)) for number in range(100)]
    await until(lambda: _state_is(database, "unavailable: its disk is full"))
    await database.write(lambda session: limit(session, 1_000_000))
    await asyncio.wait_for(journal.settled(), 10)
    assert await stored(database) == told


async def _state_is(database: Database, wanted: str) -> bool:
    return await database.state() == wanted


async def test_when_the_room_is_full_the_oldest_go_and_their_number_is_told(database: Database, file: Path) -> None:
    journal = Journal(database, SystemClock(), last_seq=0, room=10)
    async with open_tasks() as tasks:
        with locked(file):
            tasks.spawn(journal.keep_storing(), name="journal")
            held = journal.tell(started())
            await until(lambda: _state_is(database, "unavailable: another program holds its lock"))
            told = [journal.tell(started(number)) for number in range(25)]
            assert len(journal.pending()) == 11
        await asyncio.wait_for(journal.settled(), 10)
    kept = await stored(database)
    assert kept[:-1] == [held, *told[15:]]
    assert kept[-1].fact.type == "events.lost"
    assert kept[-1].fact.payload == {"count": 15}


async def test_an_event_that_the_table_refuses_takes_no_other_along(
    database: Database, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    taken = Event(journal.last_seq + 2, datetime.now(UTC), started(0))
    await database.write(lambda session: table.append(session, [taken]))
    told = [journal.tell(started(number)) for number in (1, 2, 3)]
    await journal.settled()
    kept = await stored(database)
    assert kept[:-1] == [told[0], taken, told[2]]
    assert (kept[-1].fact.type, kept[-1].fact.payload) == ("events.lost", {"count": 1})
    assert "event service.started could not be stored" in caplog.text


@pytest.mark.parametrize("payload", [{"when": datetime(2026, 1, 1, tzinfo=UTC)}, {"ratio": float("nan")}])
async def test_a_payload_that_is_not_json_is_refused_before_it_gets_a_place(
    journal: Journal, payload: dict[str, Any]
) -> None:
    before = journal.last_seq
    with pytest.raises((TypeError, ValueError)):
        journal.tell(Fact("supervisor", "service.started", payload=payload))
    assert journal.last_seq == before


async def test_a_name_that_no_encoding_knows_harms_neither_the_table_nor_the_wire(
    database: Database, journal: Journal
) -> None:
    name = os.fsdecode(b"caf\xe9.log") if os.name == "posix" else "caf\udce9.log"
    journal.tell(Fact("knowledge", "file.found", name, payload={"name": name}))
    await journal.settled()
    [event] = await stored(database)
    assert str(event.as_json()).encode()
    assert event.fact.payload == {"name": "caf?.log"}


async def test_what_was_told_does_not_change_with_the_dictionary_it_came_from(journal: Journal) -> None:
    payload = {"pids": [1]}
    event = journal.tell(Fact("supervisor", "service.started", payload=payload))
    payload["pids"].append(2)
    assert event.fact.payload == {"pids": [1]}


async def test_the_order_goes_on_after_a_restart(url: str, tmp_path: Path) -> None:
    clock = SystemClock()
    async with open_database(url, tmp_path, clock) as database:
        async with open_journal(database, clock) as journal:
            journal.tell(started())
        async with open_journal(database, clock) as journal:
            journal.tell(started())
        said = [(event.seq, event.fact.type) for event in await stored(database)]
    assert said == [(1, "service.started"), (2, "events.closed"), (3, "service.started"), (4, "events.closed")]


async def test_after_a_kill_no_place_is_given_twice(database: Database) -> None:
    killed = Journal(database, SystemClock(), last_seq=0)
    await database.write(lambda session: table.append(session, [killed.tell(started(1))]))
    told_but_not_stored = killed.tell(started(2))
    async with open_journal(database, SystemClock()) as journal:
        assert journal.tell(started(3)).seq > told_but_not_stored.seq + ROOM


async def test_closing_stores_what_waits(database: Database) -> None:
    async with open_journal(database, SystemClock()) as journal:
        told = [journal.tell(started(number)) for number in range(1000)]
    assert (await stored(database))[:-1] == told


async def test_closing_while_the_database_is_locked_is_bounded_and_says_what_is_lost(
    database: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    with locked(file):
        async with open_journal(database, SystemClock()) as journal:
            journal.tell(started())
            begun = time.monotonic()
        assert time.monotonic() - begun < 3
    assert "2 events were not stored in time" in caplog.text


async def test_what_is_told_while_storing_takes_its_time_is_stored_in_few_parts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[float] = []

    async def slowly(work: Work[Any]) -> Any:
        parts.append(time.monotonic())
        await asyncio.sleep(0.03)
        return await Database.write(database, work)

    monkeypatch.setattr(database, "write", slowly)
    journal = Journal(database, SystemClock(), last_seq=0)
    async with open_tasks() as tasks:
        tasks.spawn(journal.keep_storing(), name="journal")
        begun = time.monotonic()
        while time.monotonic() < begun + 0.6:
            journal.tell(started())
            await asyncio.sleep(0.005)
        await journal.settled()
    assert min(later - one for one, later in pairwise(parts[1:])) >= 0.03 + TIMES * 0.03 - 0.005
    assert len(await stored(database)) == journal.last_seq


async def test_pruning_forgets_what_is_too_old_in_batches_and_never_the_newest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.database.forgetting.BATCH", 10)
    clock = TurnedClock()
    journal = Journal(database, clock, last_seq=0)
    async with open_tasks() as tasks:
        tasks.spawn(journal.keep_storing(), name="journal")
        for number in range(35):
            journal.tell(started(number))
        clock.turn(timedelta(days=1).total_seconds())
        for number in range(35, 40):
            journal.tell(started(number))
        await journal.settled()
        clock.turn(timedelta(hours=1).total_seconds())
        assert await journal.prune(timedelta(hours=2)) == 35
        assert [event.fact.payload["number"] for event in await stored(database)] == [35, 36, 37, 38, 39]
        clock.turn(timedelta(days=1).total_seconds())
        assert await journal.prune(timedelta(hours=2)) == 4
        assert [event.fact.payload["number"] for event in await stored(database)] == [39]
        assert await journal.prune(timedelta(hours=2)) == 0


async def test_old_events_are_forgotten_without_being_asked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.database.forgetting.FIRST", 0.0)
    clock = TurnedClock()
    async with open_journal(database, clock) as journal:
        journal.tell(started(1))
        await journal.settled()
    clock.turn(timedelta(days=91).total_seconds())
    async with open_journal(database, clock):
        await until(lambda: _only_closed(database))


async def _only_closed(database: Database) -> bool:
    return [event.fact.type for event in await stored(database)] == ["events.closed"]


async def _turn(session: AsyncSession, to: str) -> None:
    await session.execute(text("UPDATE job_counts SET status = :to"), {"to": to})


async def _at(database: Database) -> str:
    async with database.read() as session:
        return str(await session.scalar(text("SELECT status FROM job_counts")))


async def _begin(database: Database) -> None:
    row = "INSERT INTO job_counts VALUES ('run', 'm', 'queued', 1, '2026-01-01T00:00:00.000000+00:00')"

    async def begin(session: AsyncSession) -> None:
        await session.execute(text(row))

    await database.write(begin)


async def test_a_fact_that_belongs_to_rows_is_stored_with_them_and_what_is_told_after_it_too(
    database: Database, journal: Journal
) -> None:
    await _begin(database)
    first = journal.tell(started(1))
    told = [first, journal.tell(started(2), along=True), journal.tell(started(3))]
    await until(lambda: journal.stored_seq == first.seq)
    await asyncio.sleep(10 * SHORTEST)  # the journal by itself has had its turns
    assert await stored(database) == [first]
    await journal.write(lambda: lambda session: _turn(session, "running"))
    assert (await stored(database), await _at(database)) == (told, "running")
    await journal.settled()


async def test_while_the_database_is_held_neither_rows_nor_their_facts_are_stored(
    database: Database, journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.database.work.PATIENCE", 0.1)
    await _begin(database)
    told = [journal.tell(started(1), along=True), journal.tell(started(2))]
    with locked(file), pytest.raises(DatabaseUnavailable):
        await journal.write(lambda: lambda session: _turn(session, "running"))
    assert (await stored(database), await _at(database), journal.pending()) == ([], "queued", told)
    await journal.write(lambda: lambda session: _turn(session, "completed"))
    assert (await stored(database, before=told[-1].seq + 1), await _at(database)) == (told, "completed")


async def test_facts_whose_rows_cannot_be_stored_are_stored_without_them(database: Database, journal: Journal) -> None:
    await _begin(database)
    told = [journal.tell(started(1), along=True), journal.tell(started(2))]
    with pytest.raises(DBAPIError):
        await journal.write(lambda: lambda session: session.execute(text("UPDATE no_such_table SET a = 1")))
    await asyncio.wait_for(journal.settled(), 10)
    assert (await stored(database), await _at(database)) == (told, "queued")
