import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from backend.core.bus import Overrun
from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.database import history
from backend.database.database import Database
from backend.database.history import Live, follow, page
from backend.database.journal import Journal, open_journal
from backend.database.repositories.events import Filter
from tests.database.conftest import locked


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
        ({"area": "config"}, {4}),
        ({"type": "service.failed"}, {2}),
        ({"subject": "ollama"}, {2, 3}),
        ({"area": "supervisor", "subject": "ollama", "type": "service.started"}, {3}),
        ({"since": 1, "before": 4}, {2, 3}),
        ({"area": "nowhere"}, set()),
    ],
)
async def test_only_what_fits_the_filter_is_given_stored_or_not(
    wanted: dict[str, Any], expected: set[int], database: Database, file: Path
) -> None:
    async with open_journal(database, SystemClock()) as journal:
        with locked(file):
            journal.tell(Fact("supervisor", "service.started", "comfyui"))
            journal.tell(Fact("supervisor", "service.failed", "ollama"))
            journal.tell(Fact("supervisor", "service.started", "ollama"))
            journal.tell(Fact("config", "config.applied"))
            waiting = await page(database, journal, Filter(**wanted), 10)
        await journal.settled()
        stored = await page(database, journal, Filter(**wanted), 10)
    assert {one.event.seq for one in waiting.events} == {one.event.seq for one in stored.events} == expected
    assert not any(one.stored for one in waiting.events)
    assert all(one.stored for one in stored.events)


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
