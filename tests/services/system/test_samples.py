"""Who watches gets samples, who does not costs nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import pytest

from backend.api.schemas.system import SystemStats
from backend.services.system import System
from backend.services.system.machine import MachineReader, Reading
from tests.fakes.following import follow

Open = Callable[..., System]


class CountedCalls:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = MachineReader.read

        def counted(reader: MachineReader) -> Reading:
            self.count += 1
            return real(reader)

        monkeypatch.setattr(MachineReader, "read", counted)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> CountedCalls:
    return CountedCalls(monkeypatch)


@asynccontextmanager
async def running(system: System) -> AsyncIterator[System]:
    task = asyncio.create_task(system.run())
    try:
        yield system
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def take(system: System, count: int) -> list[str]:
    taken: list[str] = []
    async with aclosing(follow(system.samples)) as samples:
        async for sample in samples:
            taken.append(sample)
            if len(taken) == count:
                break
    return taken


async def test_a_watcher_gets_a_message_at_once_and_then_one_an_interval(open_system: Open) -> None:
    async with running(open_system(interval=0.2)) as system, asyncio.timeout(10):
        first, second = (json.loads(text) for text in await take(system, 2))
    assert first["type"] == "system_stats"
    assert set(first) == {
        "type", "timestamp", "cpu", "memory", "swap", "disk", "network",
        "disk_traffic", "disks", "networks", "temperatures", "fans", "battery", "gpus",
    }  # fmt: skip
    assert set(first) == {"type"} | SystemStats.model_fields.keys()
    assert first["timestamp"] < second["timestamp"]


async def test_nothing_is_read_while_nobody_watches(open_system: Open, readings: CountedCalls) -> None:
    async with running(open_system(interval=0.05)) as system, asyncio.timeout(10):
        await asyncio.sleep(0.3)
        assert readings.count == 0
        await take(system, 3)
        await asyncio.sleep(0.15)
        after = readings.count
        await asyncio.sleep(0.3)
        assert readings.count == after


async def test_ten_watchers_cost_what_one_costs_and_get_the_same_text(
    open_system: Open, readings: CountedCalls
) -> None:
    async with running(open_system(interval=0.3)) as system, asyncio.timeout(10):
        all_taken = await asyncio.gather(*(take(system, 3) for _ in range(10)))
    assert all(mine is first for taken in all_taken for mine, first in zip(taken, all_taken[0], strict=True))
    assert readings.count == 4  # three samples, and one more before the first


async def test_who_comes_late_gets_the_present_and_not_a_sample_of_long_ago(open_system: Open) -> None:
    async with running(open_system(interval=0.2)) as system, asyncio.timeout(10):
        (old,) = await take(system, 1)
        await asyncio.sleep(0.5)
        await system.stats()
        (new,) = await take(system, 1)
    assert json.loads(new)["timestamp"] > json.loads(old)["timestamp"]


async def test_who_comes_just_after_another_has_left_gets_no_sample_twice(open_system: Open) -> None:
    async with running(open_system(interval=0.3)) as system, asyncio.timeout(10):
        await take(system, 1)
        first, second = await take(system, 2)
    assert first != second


async def test_a_watcher_does_not_wait_for_an_interval_that_began_before(open_system: Open) -> None:
    async with running(open_system(interval=60.0)) as system:
        async with asyncio.timeout(10):
            await take(system, 1)
            await take(system, 1)


async def test_who_asks_within_an_interval_gets_the_same_sample(open_system: Open, readings: CountedCalls) -> None:
    system = open_system(interval=30.0)
    samples = await asyncio.gather(*(system.stats() for _ in range(20)))
    assert all(sample is samples[0] for sample in samples)
    assert readings.count == 2


async def test_a_reading_that_fails_is_told_and_the_next_one_comes(
    open_system: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, failures = MachineReader.read, [OSError("for once")]

    def sometimes(reader: MachineReader) -> Reading:
        if failures:
            raise failures.pop()
        return real(reader)

    monkeypatch.setattr(MachineReader, "read", sometimes)
    async with running(open_system(interval=0.1)) as system, asyncio.timeout(10):
        assert await take(system, 1)
    assert "for once" in caplog.text
