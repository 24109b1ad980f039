"""What services use, read of their own processes alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from backend.core.clock import SystemClock
from backend.services.system.pace import LEAST_SPAN
from backend.services.system.readings import Reading
from backend.services.system.trees import CALM_AGE, MEMBERS_AGE, Trees
from tests.fakes.clock import TurnedClock
from tests.services.system.conftest import BUSY, IDLE, CountedReader, until
from tests.services.system.witness import Witness, rests

Start = Callable[..., "subprocess.Popen[str]"]

PARENT = f"""
import subprocess, sys
print("ready", flush=True)
sys.stdin.readline()
child = subprocess.Popen([sys.executable, "-c", {IDLE!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
try:
    sys.stdin.read()
finally:
    child.kill()
"""


class Noted(Witness):
    """Knows which processes the last look was at."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at: set[int] = set()

    def read_some(self, pids: Iterable[int]) -> dict[int, Reading]:
        self.looked_at = set(pids)
        return super().read_some(self.looked_at)


async def test_each_service_has_what_its_own_processes_use(start: Start) -> None:
    busy, other, idle = start(BUSY), start(BUSY), start(IDLE)
    ours, asked = {busy.pid: "render", other.pid: "render", idle.pid: "web"}, list[float]()

    async def owners(max_age: float) -> Mapping[int, str]:
        asked.append(max_age)
        return ours

    until(lambda: rests(idle.pid))
    noted = Noted()
    noted.watched |= ours.keys()
    trees, strangers = Trees(owners, noted, noted.clock), set(noted.pids()) - ours.keys()
    share = 0.0
    while share <= 10:  # a busy machine may have let them wait meanwhile
        found = await trees.usage(0)
        assert found.keys() == {"render", "web"}
        share = found["render"].cpu_percent
        least, most = noted.share(busy.pid, other.pid)
        assert least <= share <= most
        assert found["web"].cpu_percent < 10
        await asyncio.sleep(LEAST_SPAN)
    await trees.usage(0)
    assert asked[0] == MEMBERS_AGE
    assert found["web"].memory_bytes > 1_000_000
    assert not noted.looked_at & strangers, "nobody else who was there before is looked at"


async def test_who_has_ended_uses_nothing_and_who_comes_is_counted_from_its_start(start: Start) -> None:
    last, witness, share = start(IDLE), Witness(), 0.0
    present = {last.pid: "first"}

    async def owners(_: float) -> Mapping[int, str]:
        return present

    trees = Trees(owners, witness, witness.clock)
    while share <= 10:  # a busy machine may have let one wait for most of its short life
        await trees.usage(0)
        begun = time.time()
        child = start(BUSY)
        ready = time.time()
        present = {last.pid: "first", child.pid: "second"}
        witness.watched = {child.pid}
        last.kill()
        last.wait()
        await asyncio.sleep(2 * LEAST_SPAN)
        found = await trees.usage(0)
        assert found.keys() == {"second"}
        share, last = found["second"].cpu_percent, child
        least, most = witness.share_of_life(child.pid, begun, ready)
        assert least <= share <= most


async def test_what_a_member_starts_counts_from_the_next_look_on_and_as_long_as_it_lives(start: Start) -> None:
    parent = start(PARENT)
    assert parent.stdin is not None
    assert parent.stdout is not None

    async def owners(_: float) -> Mapping[int, str]:
        return {parent.pid: "render"}

    noted = Noted()
    trees = Trees(owners, noted, SystemClock())
    alone = (await trees.usage(0))["render"]
    parent.stdin.write("\n")
    parent.stdin.flush()
    child = int(await asyncio.to_thread(parent.stdout.readline))
    for _ in range(3):
        await asyncio.sleep(LEAST_SPAN)
        assert (await trees.usage(0))["render"].memory_bytes > alone.memory_bytes + 1_000_000
        assert {parent.pid, child} <= noted.looked_at
    parent.stdin.close()
    parent.wait()
    await asyncio.sleep(LEAST_SPAN)
    assert await trees.usage(0) == {}


async def test_who_asks_a_moment_later_gets_the_same_look(start: Start) -> None:
    idle = start(IDLE)

    async def owners(_: float) -> Mapping[int, str]:
        return {idle.pid: "render"}

    trees = Trees(owners, CountedReader(), SystemClock())
    looks = await asyncio.gather(*(trees.usage(30) for _ in range(10)))
    assert all(look is looks[0] for look in looks)


async def test_where_nothing_runs_nothing_is_read() -> None:
    async def owners(_: float) -> Mapping[int, str]:
        return {}

    noted = Noted()
    assert await Trees(owners, noted, SystemClock()).usage(0) == {}
    assert noted.looked_at == set()


async def test_the_holder_of_the_trees_is_asked_seldom_where_nobody_comes_and_sooner_where_somebody_does(
    start: Start,
) -> None:
    idle, clock, asked = start(IDLE), TurnedClock(), list[float]()

    class Still(CountedReader):
        living: ClassVar[list[int]] = [idle.pid]

        def pids(self) -> Iterable[int]:
            return self.living

    async def owners(max_age: float) -> Mapping[int, str]:
        asked.append(max_age)
        return {idle.pid: "render"}

    trees = Trees(owners, Still(), clock)
    for _ in range(5):
        await trees.usage(0)
        clock.turn(MEMBERS_AGE)
    assert asked == [MEMBERS_AGE, MEMBERS_AGE, 20, 30, 40], "a look is good for as long as nobody has come after it"
    clock.turn(CALM_AGE)
    await trees.usage(0)
    assert asked[-1] == CALM_AGE
    Still.living.append(os.getpid())
    clock.turn(2)
    await trees.usage(0)
    clock.turn(2)
    await trees.usage(0)
    assert asked[-1] == MEMBERS_AGE


async def test_who_cannot_be_of_a_service_is_no_reason_to_ask_sooner(start: Start) -> None:
    idle, stranger, clock, asked = start(IDLE), start(PARENT), TurnedClock(), list[float]()
    assert stranger.stdin is not None
    assert stranger.stdout is not None

    class Still(CountedReader):
        living: ClassVar[list[int]] = [os.getpid(), os.getppid(), idle.pid, stranger.pid]

        def pids(self) -> Iterable[int]:
            return self.living

    async def owners(max_age: float) -> Mapping[int, str]:
        asked.append(max_age)
        return {idle.pid: "render"}

    async def ask_twice() -> float:
        """Since who comes is seen by the first look, and only the next one goes by it."""
        for _ in range(2):
            clock.turn(2)
            await trees.usage(0)
        return asked[-1]

    trees = Trees(owners, Still(), clock)
    await trees.usage(0)
    clock.turn(CALM_AGE)
    assert await ask_twice() == CALM_AGE
    stranger.stdin.write("\n")
    stranger.stdin.flush()
    Still.living.append(int(await asyncio.to_thread(stranger.stdout.readline)))
    assert await ask_twice() == CALM_AGE
    Still.living.append(start(IDLE).pid)  # of the same parent as the service
    assert await ask_twice() == MEMBERS_AGE
