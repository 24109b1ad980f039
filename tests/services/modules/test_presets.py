"""Values under names: kept without secrets, replaced by name, and no more of them than a person can choose from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.core.clock import SystemClock
from backend.database.database import open_database
from backend.services.modules.errors import TooManyPresets, UnknownPreset
from backend.services.modules.model import Module, Parameter
from backend.services.modules.presets import MOST, Preset, Presets
from tests.fakes.clock import TurnedClock

HERE = Path(__file__).parent
ASKED = (Parameter("n", "number"), Parameter("key", "password", secret=True))
MODULE = Module("m", "M", "configuration", HERE, HERE, command=("true",), parameters=ASKED)
OTHER = Module("o", "O", "configuration", HERE, HERE, command=("true",), parameters=ASKED)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def presets(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Presets]:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", tmp_path, SystemClock()) as database:
        yield Presets(database, clock)


async def test_they_are_listed_by_name_and_belong_to_one_module(presets: Presets, clock: TurnedClock) -> None:
    at = clock.now()
    for name in ("small", "large"):
        await presets.save(MODULE, name, {"n": len(name)})
    assert await presets.of(MODULE) == [Preset("large", {"n": 5}, at), Preset("small", {"n": 5}, at)]
    assert await presets.of(OTHER) == []


async def test_one_of_the_same_name_is_replaced(presets: Presets, clock: TurnedClock) -> None:
    await presets.save(MODULE, "small", {"n": 1})
    clock.turn(60)
    assert await presets.save(MODULE, "small", {"n": 2}) == Preset("small", {"n": 2}, clock.now())
    assert await presets.of(MODULE) == [Preset("small", {"n": 2}, clock.now())]


async def test_a_secret_never_reaches_the_database(presets: Presets, tmp_path: Path) -> None:
    await presets.save(MODULE, "mine", {"n": 1, "key": "the-secret-itself"})
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"mine" in on_disk
    assert b"the-secret-itself" not in on_disk


async def test_there_is_room_for_so_many_and_then_only_for_replacing(presets: Presets) -> None:
    for number in range(MOST):
        await presets.save(MODULE, f"no {number}", {})
    with pytest.raises(TooManyPresets, match="Delete one"):
        await presets.save(MODULE, "one more", {})
    await presets.save(MODULE, "no 3", {"n": 3})
    await presets.save(OTHER, "one more", {})
    assert len(await presets.of(MODULE)) == MOST


async def test_what_is_removed_is_gone_and_can_not_be_removed_again(presets: Presets) -> None:
    await presets.save(MODULE, "small", {})
    await presets.remove(MODULE, "small")
    assert await presets.of(MODULE) == []
    with pytest.raises(UnknownPreset, match="small"):
        await presets.remove(MODULE, "small")
