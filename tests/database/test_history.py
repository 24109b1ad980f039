import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.core.bus import Overrun
from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.database import history
from backend.database.database import Database
from backend.database.history import Live, follow, kinds, page
from backend.database.journal import Journal, open_journal
from backend.database.repositories import events
from backend.database.repositories.events import Filter
from tests.database.conftest import locked
from tests.fakes.clock import TurnedClock


def tell(journal: Journal, count: int, **fact: Any) -> list[int]:
    return [journal.tell(Fact(**{"area": "supervisor", "type": "service.started", **fact})).seq for _ in range(count)]


async def test_pages_walk_from_the_newest_to_the_oldest_without_gap_or_repetition(
    database: Database, journal: Journal
) -> None:
    told = tell(journal, 95)
    await journal.settled()
    walked: list[int] = []
    before: int | None = None
    while True:
        found = await page(database, journal, Filter(before=before), 10)
        walked += [one.event.seq for one in found.events]
        before = found.next
        if before is None:
            break
    assert walked == told[::-1]


async def test_pages_after_a_place_walk_onwards(database: Database, journal: Journal) -> None:
    told = tell(journal, 30)
    await journal.settled()
    found = await page(database, journal, Filter(since=told[4]), 10)
    assert [one.event.seq for one in found.events] == told[5:15]
    found = await page(database, journal, Filter(since=found.next), 100)
    assert [one.event.seq for one in found.events] == told[15:]
    assert found.next is None


async def test_a_last_page_that_is_just_full_has_no_next(database: Database, journal: Journal) -> None:
    tell(journal, 10)
    await journal.settled()
    assert (await page(database, journal, Filter(), 10)).next is None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"areas": ("definitions",)}, {4}),
        ({"areas": ("definitions", "modules")}, {4, 5}),
        ({"types": ("service.failed",)}, {2}),
        ({"types": ("service.failed", "config.applied", "no.such")}, {2, 4}),
        ({"subject": "ollama"}, {2, 3, 5}),
        ({"subject": "ollama", "areas": ("modules",)}, {5}),
        ({"subject": "ollama", "types": ("service.started",), "areas": ("supervisor",)}, {3}),
        ({"actor": "local"}, {3, 4}),
        ({"actor": "daemon", "areas": ("supervisor",)}, {1, 2}),
        ({"actor": "local", "areas": ("supervisor", "modules")}, {3}),
        ({"text": "OLLA"}, {2, 3, 5}),
        ({"text": "config."}, {4}),
        ({"text": "%"}, set()),
        ({"text": "_"}, set()),
        ({"text": "failed", "areas": ("supervisor",)}, {2}),
        ({"since": 1, "before": 4}, {2, 3}),
        ({"areas": ("nowhere",)}, set()),
    ],
)
async def test_only_what_fits_the_filter_is_given_stored_or_not(
    wanted: dict[str, Any], expected: set[int], database: Database, file: Path
) -> None:
    async with open_journal(database, SystemClock()) as journal:
        with locked(file):
            journal.tell(Fact("supervisor", "service.started", "comfyui"))
            journal.tell(Fact("supervisor", "service.failed", "ollama"))
            journal.tell(Fact("supervisor", "service.started", "ollama", "local"))
            journal.tell(Fact("definitions", "config.applied", None, "local"))
            journal.tell(Fact("modules", "module.changed", "ollama"))
            waiting = await page(database, journal, Filter(**wanted), 10)
        await journal.settled()
        stored = await page(database, journal, Filter(**wanted), 10)
        upwards = await page(database, journal, Filter(**{"since": 0, **wanted}), 10)
    assert {one.event.seq for one in waiting.events} == {one.event.seq for one in stored.events} == expected
    assert [one.event.seq for one in upwards.events] == sorted(expected)
    assert not any(one.stored for one in waiting.events)
    assert all(one.stored for one in stored.events)


async def test_times_choose_what_was_told_between_them(database: Database) -> None:
    clock = TurnedClock()
    async with open_journal(database, clock) as journal:
        times = []
        for number in range(30):
            times.append(clock.now())
            tell(journal, 1, type=f"service.{number % 3}")
            clock.turn(60)
        await journal.settled()
        some = await page(database, journal, Filter(start=times[10], end=times[20]), 100)
        assert [one.event.at for one in some.events] == times[19:9:-1]
        one_type = await page(database, journal, Filter(start=times[10], end=times[20], types=("service.0",)), 100)
        assert [one.event.at for one in one_type.events] == [times[18], times[15], times[12]]
        assert (await page(database, journal, Filter(start=clock.now()), 10)).events == []
        assert (await page(database, journal, Filter(end=times[0]), 10)).events == []
        assert len((await page(database, journal, Filter(start=times[0]), 100)).events) == 30


async def test_times_are_found_where_places_are_missing(database: Database) -> None:
    clock = TurnedClock()
    told: list[tuple[int, datetime]] = []
    for _ in range(3):  # each of these journals but the first continues far after the one before
        journal = Journal(database, clock, last_seq=told[-1][0] + 10_000 if told else 0)
        storing = asyncio.create_task(journal.keep_storing())
        for _ in range(4):
            clock.turn(60)
            told.append((tell(journal, 1)[0], clock.now()))
        await journal.settled()
        storing.cancel()
    for place, at in told:
        found = await page(database, journal, Filter(start=at), 100)
        assert min(one.event.seq for one in found.events) == place
        older = await page(database, journal, Filter(end=at), 100)
        assert [one.event.seq for one in older.events] == [seq for seq, _ in reversed(told) if seq < place]


@pytest.mark.parametrize("upwards", [False, True])
async def test_pages_of_what_lies_far_apart_are_bounded_and_lead_to_all_of_it(
    upwards: bool, database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LOOKED_AT", 10)
    rare = []
    for _ in range(3):
        tell(journal, 35, subject="busy")
        rare += tell(journal, 1, subject="busy", area="modules")
    await journal.settled()
    walked: list[int] = []
    pages, place = 0, 0 if upwards else None
    while True:
        where = Filter(since=place) if upwards else Filter(before=place)
        wanted = replace(where, areas=("modules",), subject="busy")
        found = await page(database, journal, wanted, 5)
        walked += [one.event.seq for one in found.events]
        pages, place = pages + 1, found.next
        if place is None:
            break
    assert walked == (rare if upwards else rare[::-1])
    assert pages > 5


@pytest.mark.parametrize("others", [0, 20])
async def test_alternatives_are_walked_as_one_sequence(database: Database, journal: Journal, others: int) -> None:
    told = []
    for number in range(40):
        told += tell(journal, 1, type=f"service.{number % 4}", actor=("daemon", "local")[number % 2])
    await journal.settled()
    walked: list[int] = []
    before: int | None = None
    types = ("service.0", "service.3", *(f"other.{number}" for number in range(others)))
    start = None if others == 0 else SystemClock().now() - timedelta(hours=1)
    while True:
        found = await page(database, journal, Filter(types=types, before=before, start=start), 7)
        walked += [one.event.seq for one in found.events]
        before = found.next
        if before is None:
            break
    assert walked == [seq for index, seq in enumerate(told) if index % 4 in (0, 3)][::-1]


async def test_the_types_that_there_are_come_with_their_areas(database: Database, file: Path) -> None:
    async with open_journal(database, SystemClock()) as journal:
        assert await kinds(database, journal) == {}
        tell(journal, 3)
        tell(journal, 2, area="modules", type="module.changed")
        await journal.settled()
        with locked(file):
            tell(journal, 1, area="modules", type="module.added")
            found = await kinds(database, journal)
    assert list(found.items()) == [
        ("module.added", "modules"),
        ("module.changed", "modules"),
        ("service.started", "supervisor"),
    ]


async def test_a_page_joins_what_is_stored_and_what_waits(database: Database, journal: Journal, file: Path) -> None:
    stored = tell(journal, 5)
    await journal.settled()
    with locked(file):
        waiting = tell(journal, 5)
        newest = await page(database, journal, Filter(), 7)
        oldest = await page(database, journal, Filter(since=0), 7)
    assert [one.event.seq for one in newest.events] == (stored + waiting)[::-1][:7]
    assert [one.stored for one in newest.events] == [False] * 5 + [True] * 2
    assert [one.event.seq for one in oldest.events] == (stored + waiting)[:7]


async def test_following_gives_the_past_then_says_live_then_what_is_told(database: Database, journal: Journal) -> None:
    told = tell(journal, 5)
    await journal.settled()
    async with aclosing(follow(database, journal, told[1])) as news:
        past = [await anext(news) for _ in range(4)]
        assert [one.event.seq for one in past[:3]] == told[2:]  # type: ignore[union-attr]
        assert past[3] == Live(told[-1])
        [seq] = tell(journal, 1)
        live = await anext(news)
        assert isinstance(live, history.Told)
        assert (live.event.seq, live.stored) == (seq, False)


async def test_following_without_a_place_gives_nothing_of_the_past(database: Database, journal: Journal) -> None:
    told = tell(journal, 5)
    async with aclosing(follow(database, journal, None)) as news:
        assert await anext(news) == Live(told[-1])


async def test_following_after_a_place_that_was_never_given_still_hears_what_comes(
    database: Database, journal: Journal
) -> None:
    async with aclosing(follow(database, journal, 10**9)) as news:
        assert isinstance(await anext(news), Live)
        tell(journal, 1)
        assert isinstance(await asyncio.wait_for(anext(news), 5), history.Told)


async def test_following_includes_what_waits_for_a_locked_database(
    database: Database, journal: Journal, file: Path
) -> None:
    stored = tell(journal, 3)
    await journal.settled()
    with locked(file):
        waiting = tell(journal, 3)
        async with aclosing(follow(database, journal, 0)) as news:
            given = [await anext(news) for _ in range(7)]
    assert [one.event.seq for one in given[:6] if isinstance(one, history.Told)] == stored + waiting
    assert [one.stored for one in given[:6] if isinstance(one, history.Told)] == [True] * 3 + [False] * 3


async def test_following_misses_and_repeats_nothing_while_others_tell(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BACKFILL_BATCH", 20)
    told = tell(journal, 200)
    await journal.settled()
    telling = True

    async def keep_telling() -> None:
        while telling:
            told.extend(tell(journal, 3))
            await asyncio.sleep(0.001)

    teller = asyncio.create_task(keep_telling())
    for since in (0, told[50], told[-1]):
        given: list[int] = []
        async with aclosing(follow(database, journal, since)) as news:
            async for one in news:
                if isinstance(one, history.Told):
                    given.append(one.event.seq)
                if len(given) >= 400:
                    break
        assert given == list(range(since + 1, since + 1 + len(given)))
    telling = False
    await teller


async def test_a_follower_that_is_too_slow_is_told_so(database: Database, journal: Journal) -> None:
    async with aclosing(follow(database, journal, None)) as news:
        assert isinstance(await anext(news), Live)
        tell(journal, 1001)
        with pytest.raises(Overrun):
            await anext(news)
