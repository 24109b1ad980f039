"""What was filled in last is kept without secrets, with the time at which it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.core.clock import SystemClock
from backend.database.database import Database, open_database
from backend.services.modules.model import Module, Parameter
from backend.services.modules.saved import Saved, SavedParameters
from tests.fakes.clock import TurnedClock

HERE = Path(__file__).parent
ASKED = (Parameter("n", "number", default=5), Parameter("url"), Parameter("key", "password", default="k0", secret=True))
MODULE = Module("m", "M", "configuration", HERE, HERE, command=("true",), parameters=ASKED)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", tmp_path, SystemClock()) as opened:
        yield opened


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def saved(database: Database, clock: TurnedClock) -> SavedParameters:
    return SavedParameters(database, clock)


async def test_before_anything_is_saved_there_are_the_defaults(saved: SavedParameters) -> None:
    assert await saved.get(MODULE) == Saved({"n": 5}, None)


async def test_what_was_saved_lies_over_the_defaults_with_its_true_time(
    saved: SavedParameters, clock: TurnedClock
) -> None:
    at = clock.now()
    assert await saved.save(MODULE, {"url": "x", "key": "k1"}) == Saved({"url": "x"}, at)
    clock.turn(60)
    assert await saved.get(MODULE) == Saved({"n": 5, "url": "x"}, at)
    await saved.save(MODULE, {"n": 7})
    assert await saved.get(MODULE) == Saved({"n": 7}, clock.now())


async def test_a_secret_never_reaches_the_database(saved: SavedParameters, tmp_path: Path) -> None:
    await saved.save(MODULE, {"url": "open-value", "key": "the-secret-itself"})
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"open-value" in on_disk
    assert b"the-secret-itself" not in on_disk


async def test_what_has_become_a_secret_since_is_not_shown(saved: SavedParameters) -> None:
    await saved.save(MODULE, {"url": "x"})
    secret = Module(
        "m", "M", "configuration", HERE, HERE, command=("true",), parameters=(Parameter("url", secret=True),)
    )
    assert (await saved.get(secret)).parameters == {}


async def test_what_is_asked_for_no_longer_is_not_given_back(saved: SavedParameters) -> None:
    await saved.save(MODULE, {"url": "x", "n": 7})
    less = replace(MODULE, parameters=(Parameter("n", "number"),))
    assert (await saved.get(less)).parameters == {"n": 7}
    assert (await saved.get(replace(less, words=True))).parameters == {"n": 7, "url": "x"}


async def test_forgetting_says_whether_there_was_anything(saved: SavedParameters) -> None:
    await saved.save(MODULE, {"n": 7})
    assert await saved.forget(MODULE)
    assert not await saved.forget(MODULE)
    assert await saved.get(MODULE) == Saved({"n": 5}, None)
