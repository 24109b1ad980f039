"""The ledger on a real database: what is told is kept, added up, and not lost while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest

from backend.core.events import Fact
from backend.core.tasks import open_tasks
from backend.database.database import Database, open_database
from backend.database.repositories.usage import Which, WhichCalls
from backend.services.usage.kept import DEEPEST, MOST_PARTS
from backend.services.usage.ledger import UsageLedger
from backend.services.usage.model import Budget, Call, Owner, OwnPrice, Tokens, Used
from backend.services.usage.section import Section
from tests.database.conftest import locked
from tests.fakes.clock import TurnedClock

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CALL = Call(NOW, "house", "m", "completed", Owner("n8n"), Used(Tokens(1000, 10, 20, 100), "m", {"prompt_tokens": 1030}))
MONTH = Which(NOW.date().replace(day=1), NOW.date())
SECTION = Section(prices={"house/m": (OwnPrice(1, 2),)}, budgets=(Budget("b", "day", soft=0.004, hard=0.005),))
COST = 0.00123


class Kept:
    """A ledger, and what it told."""

    def __init__(self, ledger: UsageLedger, told: list[Fact]) -> None:
        self.ledger = ledger
        self.told = told

    async def sums(self) -> tuple[int, float | None]:
        (found,) = await self.ledger.sums(MONTH)
        return found.calls, found.cost


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOW)


@pytest.fixture
async def database(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Database]:
    async with open_database("sqlite+aiosqlite:///control-center.db", tmp_path, clock) as opened:
        yield opened


@pytest.fixture
async def kept(database: Database, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kept]:
    monkeypatch.setattr("backend.services.usage.ledger.PATIENCE", 60.0)  # the list of prices loads while it is asked
    told: list[Fact] = []
    async with open_tasks() as tasks:
        ledger = UsageLedger(
            database=database, clock=clock, tasks=tasks, tell=told.append, section=lambda: SECTION, keep=lambda: 86400.0
        )
        yield Kept(ledger, told)
        await ledger.close()


async def test_what_is_told_is_kept_with_its_price_and_the_providers_own_words(kept: Kept) -> None:
    kept.ledger.record(CALL)
    (row,) = await kept.ledger.calls(WhichCalls(NOW.date(), NOW.date()), 10)
    assert (row.input_tokens, row.cache_read_tokens, row.cache_write_tokens, row.output_tokens) == (1000, 10, 20, 100)
    assert row.cost == pytest.approx(COST)
    assert row.price is not None
    assert row.price["million_tokens"] == {"input": "1", "output": "2"}
    assert row.usage == {"prompt_tokens": 1030}


async def test_calls_of_a_day_and_a_model_are_one_row_that_adds_up(kept: Kept) -> None:
    for number in range(1200):
        kept.ledger.record(replace(CALL, at=NOW - timedelta(days=number % 3)))
    rows = await kept.ledger.sums(MONTH, ("date", "service", "provider", "model"))
    assert [(row.calls, row.output_tokens) for row in rows] == [(400, 40_000)] * 3
    assert await kept.sums() == pytest.approx((1200, 1200 * COST))


async def test_costs_add_up_beside_those_that_nobody_knows(kept: Kept) -> None:
    unpriced = replace(CALL, provider="moon")
    for call in (unpriced, CALL, unpriced, replace(CALL, used=None), replace(CALL, used=None, outcome="failed")):
        kept.ledger.record(call)
    (found,) = await kept.ledger.sums(MONTH)
    assert (found.calls, found.unpriced_calls, found.unmetered_calls, found.failed_calls) == (5, 2, 1, 1)
    assert found.cost == pytest.approx(COST)


async def test_sums_of_cost_are_told_as_a_person_would_add_them_up(kept: Kept) -> None:
    tenth = replace(CALL, used=Used(Tokens(100_000), "m", {}))
    for _ in range(3):
        kept.ledger.record(tenth)
    assert 0.1 + 0.1 + 0.1 != 0.3
    assert await kept.sums() == (3, 0.3)
    (by_model,) = await kept.ledger.sums(MONTH, ("provider", "model"))
    assert by_model.cost == 0.3
    assert [one.payload["spent"] for one in kept.told] == [0.3]
    assert [one.spent for one in kept.ledger.standings()] == [0.3]


async def test_nothing_is_lost_while_the_database_is_away(kept: Kept, tmp_path: Path) -> None:
    assert await kept.sums() == (0, 0)
    with locked(tmp_path / "control-center.db"):
        for _ in range(20):
            kept.ledger.record(CALL)
        await asyncio.sleep(0.5)
    async with asyncio.timeout(30):
        while (await kept.sums())[0] < 20:
            await asyncio.sleep(0.05)
    assert await kept.sums() == pytest.approx((20, 20 * COST))


async def test_a_call_that_cannot_be_stored_takes_no_other_with_it(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    impossible: Any = "impossible"
    for outcome in ("completed", impossible, "completed"):
        kept.ledger.record(replace(CALL, outcome=outcome))
    assert await kept.sums() == pytest.approx((2, 2 * COST))
    assert "a call of house could not be stored" in caplog.text


async def test_words_that_no_database_holds_do_not_keep_a_call_from_it(kept: Kept) -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"more": deep}
    raw = {"half": "\ud800", "\udfff": 1, "no number": float("nan"), "huge": 10**30, "deep": deep, "list": [1] * 999}
    kept.ledger.record(replace(CALL, model="m\ud800", used=Used(Tokens(1), None, raw)))
    (row,) = await kept.ledger.calls(WhichCalls(NOW.date(), NOW.date()), 10)
    assert row.model == "m?"
    assert row.usage is not None
    assert {name: row.usage[name] for name in ("half", "?", "no number", "huge")} == {
        "half": "?", "?": 1, "no number": None, "huge": None,
    }  # fmt: skip
    assert str(row.usage["deep"]).count("more") == DEEPEST - 1
    assert row.usage["list"] == [1] * MOST_PARTS


async def test_budgets_hear_of_calls_once_and_also_of_those_before_the_start(
    kept: Kept, database: Database, clock: TurnedClock
) -> None:
    for _ in range(4):
        kept.ledger.record(CALL)
    await kept.ledger.sums(MONTH)
    assert [(fact.type, fact.subject) for fact in kept.told] == [("usage.budget_reached", "b")]
    assert kept.ledger.refusing(None, "any", "model") is None
    await kept.ledger.report(CALL)
    assert [fact.type for fact in kept.told] == ["usage.budget_reached", "usage.budget_spent"]
    assert kept.ledger.refusing(None, "any", "model") is not None
    async with open_tasks() as tasks:
        again = UsageLedger(
            database=database, clock=clock, tasks=tasks, tell=kept.told.append, section=lambda: SECTION,
            keep=lambda: inf,
        )  # fmt: skip
        await again.report(replace(CALL, used=None))  # is stored after what was before has been read
        (standing,) = again.standings()
        assert (standing.spent, standing.unknown_calls) == pytest.approx((5 * COST, 1))
        clock.turn(86400)
        assert again.standings()[0].spent == 0


async def test_old_calls_go_and_the_sums_of_their_days_stay(kept: Kept, clock: TurnedClock) -> None:
    for number in range(1203):
        kept.ledger.record(replace(CALL, at=NOW - timedelta(days=2) if number < 1200 else NOW))
    assert (await kept.sums())[0] == 1203
    await kept.ledger.forget_old()
    since = NOW.date() - timedelta(days=5)
    assert len(await kept.ledger.calls(WhichCalls(since, NOW.date()), 500)) == 3
    assert (await kept.sums())[0] == 1203
