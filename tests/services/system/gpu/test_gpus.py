"""GPUs as they are read over time: with the services of their processes, through drivers that fail, hang and come
back."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.system.figures import Gpu, GpuProcess
from backend.services.system.gpu import gpus as pace_of
from backend.services.system.gpu.card import Card, CardReader
from backend.services.system.gpu.drm import DrmGpus
from backend.services.system.gpu.gpus import STALE_AFTER, Gpus
from tests.fakes.clock import TurnedClock
from tests.fakes.drm import AMD, AMDGPU_CLIENT, GIB, XE, Drm

Open = Callable[..., AbstractAsyncContextManager[Gpus]]


class Driver:
    """A reader of one card whose driver does what a test says."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.answers = threading.Event()
        self.answers.set()
        self.reads = 0
        self.closed = threading.Event()

    def read(self, ours: Collection[int]) -> Sequence[Card]:
        self.reads += 1
        assert self.answers.wait(60)
        if self.fault is not None:
            raise self.fault
        return [Card("0000:01:00.0", "NVIDIA", "One", processes=dict.fromkeys(ours, 5))]

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, clock: TurnedClock) -> Open:
    """GPUs that are read all the time; `owners` may change meanwhile."""
    monkeypatch.setattr(pace_of, "PACE", 0.005)

    @asynccontextmanager
    async def open_(*readers: CardReader, owners: Mapping[int, str] | None = None) -> AsyncIterator[Gpus]:
        async def of_now(_: float) -> Mapping[int, str]:
            return owners or {}

        gpus = Gpus(lambda _: readers, of_now, clock)
        running = asyncio.create_task(gpus.run())
        yield gpus
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    return open_


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def keys(gpus: Gpus) -> list[tuple[int, str]]:
    return [(gpu.index, gpu.name) for gpu in gpus.present()]


async def test_each_process_has_its_service_and_who_has_most_comes_first(
    opened: Open, clock: TurnedClock, tmp_path: Path
) -> None:
    tree = Drm(tmp_path)
    tree.add("card0", AMD)
    for pid, kib in ((20, 10), (21, 30), (22, 20)):
        tree.open(pid, 3, AMDGPU_CLIENT.format(client=pid, slot="0000:03:00.0", kib=kib))
    owners = {20: "comfyui", 21: "ollama", 22: "comfyui"}
    async with opened(DrmGpus(clock, tree.cards, tree.proc), owners=owners) as gpus:
        await until(gpus.present)
    (gpu,) = gpus.present()
    assert isinstance(gpu, Gpu)
    assert (gpu.index, gpu.vendor, gpu.memory_used, gpu.temperature) == (0, "AMD", 9 * GIB, 61.0)
    assert gpu.processes == (
        GpuProcess(21, 30 * 1024, "ollama"),
        GpuProcess(22, 20 * 1024, "comfyui"),
        GpuProcess(20, 10 * 1024, "comfyui"),
    )


async def test_a_process_of_nobody_is_told_without_a_service(opened: Open) -> None:
    class Others(Driver):
        def read(self, ours: Collection[int]) -> Sequence[Card]:
            return super().read({*ours, 1})

    async with opened(Others(), owners={20: "comfyui"}) as gpus:
        await until(gpus.present)
    assert gpus.present()[0].processes == (GpuProcess(1, 5, None), GpuProcess(20, 5, "comfyui"))


async def test_a_service_that_starts_later_is_seen(opened: Open) -> None:
    owners: dict[int, str] = {20: "first"}
    async with opened(Driver(), owners=owners) as gpus:
        await until(gpus.present)
        owners[21] = "second"
        await until(lambda: len(gpus.present()[0].processes) == 2)
    assert [one.service for one in gpus.present()[0].processes] == ["first", "second"]


async def test_where_there_is_none_nothing_goes_on(clock: TurnedClock) -> None:
    async def nobody_asks(_: float) -> Mapping[int, str]:
        raise AssertionError("nobody's processes matter")

    before = set(threading.enumerate())
    gpus = Gpus(lambda _: [], nobody_asks, clock)
    async with asyncio.timeout(30):
        await gpus.run()
    assert gpus.present() == ()
    await until(lambda: set(threading.enumerate()) <= before)


async def test_a_card_that_comes_back_has_the_number_that_it_had(
    opened: Open, clock: TurnedClock, tmp_path: Path
) -> None:
    tree = Drm(tmp_path)
    tree.add("card0", {**AMD, "device/product_name": "Low"})
    tree.add("card1", {**XE, "device/product_name": "High"})
    async with opened(DrmGpus(clock, tree.cards, tree.proc)) as gpus:
        await until(lambda: keys(gpus) == [(0, "Low"), (1, "High")])
        tree.move("card0", tmp_path / "out")
        await until(lambda: keys(gpus) == [(1, "High")])
        (tmp_path / "out").rename(tree.cards / "card2")
        await until(lambda: keys(gpus) == [(0, "Low"), (1, "High")])


async def test_a_driver_that_fails_takes_nobody_along_and_is_told_once(
    opened: Open, clock: TurnedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tree = Drm(tmp_path)
    tree.add("card0", {**AMD, "device/product_name": "Other"})
    driver = Driver()
    with caplog.at_level(logging.WARNING):
        async with opened(driver, DrmGpus(clock, tree.cards, tree.proc)) as gpus:
            await until(lambda: keys(gpus) == [(0, "One"), (1, "Other")])
            driver.fault = RuntimeError("the driver is beside itself")
            await until(lambda: keys(gpus) == [(1, "Other")])
            reads = driver.reads
            await until(lambda: driver.reads > reads + 3)
            driver.fault = None
            await until(lambda: keys(gpus) == [(0, "One"), (1, "Other")])
    assert [record.message for record in caplog.records] == ["GPUs cannot be read for now: the driver is beside itself"]


async def test_a_driver_that_hangs_has_no_figures_and_holds_nobody_up(opened: Open, clock: TurnedClock) -> None:
    driver = Driver()
    async with opened(driver) as gpus:
        await until(gpus.present)
        driver.answers.clear()
        reads = driver.reads
        await until(lambda: driver.reads > reads)
        clock.turn(STALE_AFTER)
        assert gpus.present()
        clock.turn(0.1)
        assert not gpus.present()
    assert not driver.closed.is_set()
    driver.answers.set()
    await until(driver.closed.is_set)


async def test_the_readers_are_closed_at_the_end(opened: Open) -> None:
    first, second = Driver(), Driver()
    async with opened(first, second) as gpus:
        await until(gpus.present)
    await until(lambda: first.closed.is_set() and second.closed.is_set())


ABSENT = """
import ctypes, sys
from pathlib import Path

def load(name, *args, **options):
    raise OSError(name)

ctypes.CDLL = load
from backend.core.clock import SystemClock
from backend.services.system.gpu import drm, found
drm.DrmGpus.__init__.__defaults__ = (Path("none"), *drm.DrmGpus.__init__.__defaults__[1:])
assert found.find_readers(SystemClock()) == []
print("pynvml" in sys.modules)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of cards is Linux's")
def test_without_hardware_the_drivers_side_is_not_imported() -> None:
    told = subprocess.run([sys.executable, "-c", ABSENT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
