"""Who holds what."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.database.database import open_database
from backend.database.repositories import leases as table
from backend.services.leases import Lease, Leases, Taken
from tests.fakes.clock import TurnedClock


def test_all_are_granted_or_none() -> None:
    leases = Leases(TurnedClock())
    leases.grant(["gpu0"], "run:a")
    with pytest.raises(Taken, match="gpu0 is held by run:a"):
        leases.grant(["slot", "gpu0"], "run:b")
    assert leases.held == {"gpu0": "run:a"}


def test_whoever_ends_gives_back_all_that_it_held() -> None:
    leases = Leases(TurnedClock())
    changed: list[Lease] = []
    leases.changed = changed.append
    leases.grant(["slot", "gpu0"], "run:a")
    leases.grant(["disk"], "run:b")
    leases.release("run:a")
    assert leases.held == {"disk": "run:b"}
    assert [(lease.resource, lease.holder) for lease in changed[-2:]] == [("slot", None), ("gpu0", None)]


def test_a_fencing_number_grows_with_each_grant() -> None:
    leases = Leases(TurnedClock())
    [first] = leases.grant(["gpu0"], "run:a")
    assert leases.grant(["gpu0"], "run:a") == [first]
    leases.release("run:a")
    [second] = leases.grant(["gpu0"], "run:b")
    assert (first.fencing, second.fencing) == (1, 2)


async def test_fencing_numbers_go_on_after_a_restart_and_dead_holders_hold_nothing(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with open_database("sqlite:///leases.db", tmp_path, clock) as database:
        row = table.Held("gpu0", "run:dead", 7, clock.now())
        other = table.Held("desk", "service:x", 2, clock.now())
        await database.write(lambda session: table.store(session, [row, other]))
        await database.write(lambda session: table.release_all(session, "run:"))
        leases = Leases(clock)
        await leases.open(database)
        assert leases.held == {}
        [lease] = leases.grant(["gpu0"], "run:new")
        assert lease.fencing == 8
