"""NVIDIA's cards, read through the real pynvml over a driver whose cards a test sets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pynvml
import pytest

from backend.services.system.gpu import nvidia
from backend.services.system.gpu.card import Card
from backend.services.system.gpu.nvidia import LOOK_AGAIN, REST, NvidiaGpus, open_nvidia
from tests.fakes.clock import TurnedClock
from tests.fakes.nvml import GIB, LOST, NOT_TOLD, FakeCard, FakeDriver

Open = Callable[[FakeDriver], NvidiaGpus | None]


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def slots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What Linux shows of each slot: nothing at first."""
    monkeypatch.setattr(nvidia, "DEVICES", tmp_path)
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, clock: TurnedClock, slots: Path) -> Open:
    """Opens a reader where that driver is installed."""

    def open_(driver: FakeDriver) -> NvidiaGpus | None:
        monkeypatch.setattr(nvidia, "_installed", lambda: True)
        monkeypatch.setattr(pynvml, "CDLL", lambda _: driver)
        monkeypatch.setattr(pynvml, "nvmlLib", None)
        monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
        return open_nvidia(clock)

    return open_


def reader_of(opened: Open, driver: FakeDriver) -> NvidiaGpus:
    reader = opened(driver)
    assert reader is not None
    return reader


def test_a_card_is_told_whole(opened: Open) -> None:
    reader = reader_of(opened, FakeDriver(FakeCard(bus=1, computing=[(4312, 3 * GIB)])))
    assert reader.read(()) == [
        Card(
            key="0000:01:00.0",
            vendor="NVIDIA",
            name="NVIDIA GeForce RTX 4090",
            uuid="GPU-1e2d3c4b-0000",
            driver="580.95.05",
            usage_percent=41.0,
            memory_used=6 * GIB,
            memory_total=24 * GIB,
            temperature=63.0,
            power=231.7,
            power_limit=450.0,
            fan=45.0,
            processes={4312: 3 * GIB},
        )
    ]


@pytest.mark.parametrize(
    ("figure", "member"),
    [
        ("usage", "usage_percent"),  # divided into instances (MIG)
        ("memory", "memory_total"),  # shares the machine's
        ("temperature", "temperature"),
        ("power", "power"),
        ("power_limit", "power_limit"),
        ("fan", "fan"),  # cooled by others' fans
    ],
)
def test_what_a_card_does_not_tell_is_none_and_the_rest_is_told(opened: Open, figure: str, member: str) -> None:
    card = FakeCard(bus=1)
    reader = reader_of(opened, FakeDriver(card))
    (whole,) = reader.read(())
    setattr(card, figure, None)
    (partly,) = reader.read(())
    lacking = {name for name in Card.__slots__ if getattr(partly, name) != getattr(whole, name)}
    assert getattr(partly, member) is None
    assert lacking - {"memory_used"} == {member}


def test_processes_that_compute_and_draw_are_one_with_what_they_have_once(opened: Open) -> None:
    card = FakeCard(bus=1, computing=[(10, GIB), (11, NOT_TOLD)], drawing=[(10, GIB), (11, 5), (12, NOT_TOLD)])
    (told,) = reader_of(opened, FakeDriver(card)).read(())
    assert told.processes == {10: GIB, 11: 5, 12: None}


def test_a_driver_that_does_not_tell_processes_tells_the_card(opened: Open) -> None:
    (told,) = reader_of(opened, FakeDriver(FakeCard(bus=1, computing=None, drawing=None))).read(())
    assert (told.processes, told.temperature) == ({}, 63.0)


def test_an_older_driver_counts_what_it_keeps_for_itself_as_used(opened: Open) -> None:
    (told,) = reader_of(opened, FakeDriver(FakeCard(bus=1), older=True)).read(())
    assert told.memory_used == 6 * GIB + GIB // 2


def test_a_card_that_fell_off_the_bus_is_left_out_and_found_again(opened: Open, clock: TurnedClock) -> None:
    driver = FakeDriver(FakeCard(bus=1), FakeCard(bus=2))
    reader = reader_of(opened, driver)
    driver.cards[0].fault = LOST
    assert [card.key for card in reader.read(())] == ["0000:02:00.0"]
    clock.turn(LOOK_AGAIN)
    assert [card.key for card in reader.read(())] == ["0000:02:00.0"]  # opened anew, and still without it
    driver.cards[0].fault = 0
    clock.turn(LOOK_AGAIN)
    assert [card.key for card in reader.read(())] == ["0000:01:00.0", "0000:02:00.0"]


def test_a_driver_that_is_reloaded_is_opened_anew_and_not_at_every_reading(opened: Open, clock: TurnedClock) -> None:
    driver = FakeDriver(FakeCard(bus=1))
    reader = reader_of(opened, driver)
    driver.loaded = False
    for _ in range(40):
        assert reader.read(()) == []
        clock.turn(2)
    assert driver.opened == 1 + 2
    driver.loaded = True
    clock.turn(LOOK_AGAIN)
    assert len(reader.read(())) == 1
    opened_until_then = driver.opened
    clock.turn(LOOK_AGAIN)
    reader.read(())
    assert driver.opened == opened_until_then


def power(slots: Path, status: str, control: str = "auto") -> None:
    """As Linux tells it of the card in the first slot."""
    folder = slots / "0000:01:00.0" / "power"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runtime_status").write_text(f"{status}\n")
    (folder / "control").write_text(f"{control}\n")


def test_a_card_that_sleeps_is_not_asked_and_is_no_lost_one(opened: Open, slots: Path, clock: TurnedClock) -> None:
    driver = FakeDriver(FakeCard(bus=1), FakeCard(bus=2))
    power(slots, "active")
    reader = reader_of(opened, driver)
    power(slots, "suspended")
    driver.cards[0].fault = LOST  # whoever asks it is told so
    for _ in range(3):
        clock.turn(LOOK_AGAIN)
        sleeping, other = reader.read(())
        assert sleeping == Card(
            "0000:01:00.0", "NVIDIA", "NVIDIA GeForce RTX 4090", uuid="GPU-1e2d3c4b-0000", driver="580.95.05"
        )
        assert other.temperature == 63.0
    assert driver.opened == 1
    driver.cards[0].fault = 0
    power(slots, "active")
    assert [card.temperature for card in reader.read(())] == [63.0, 63.0]


def test_an_idle_card_that_may_sleep_is_left_alone_so_that_it_can(
    opened: Open, slots: Path, clock: TurnedClock
) -> None:
    card = FakeCard(bus=1, usage=0, temperature=40)
    power(slots, "active")
    reader = reader_of(opened, FakeDriver(card))
    assert [one.temperature for one in reader.read(())] == [40.0]
    card.temperature, card.usage = 50, 80
    clock.turn(REST - 1)
    assert [one.temperature for one in reader.read(())] == [40.0]
    clock.turn(1)
    assert [one.temperature for one in reader.read(())] == [50.0]
    card.temperature = 60
    assert [one.temperature for one in reader.read(())] == [60.0], "it is busy: nothing would let it sleep"


@pytest.mark.parametrize(
    ("computing", "control"), [([(4312, GIB)], "auto"), ([], "on")], ids=["one that is used", "one that stays awake"]
)
def test_another_idle_card_is_asked_each_time(
    opened: Open, slots: Path, computing: list[tuple[int, int]], control: str
) -> None:
    card = FakeCard(bus=1, usage=0, temperature=40, computing=computing)
    power(slots, "active", control)
    reader = reader_of(opened, FakeDriver(card))
    reader.read(())
    card.temperature = 50
    assert [one.temperature for one in reader.read(())] == [50.0]


@pytest.mark.parametrize("driver", [FakeDriver(), FakeDriver(FakeCard(bus=1, fault=LOST))])
def test_a_driver_without_a_card_is_no_gpu(opened: Open, driver: FakeDriver) -> None:
    assert opened(driver) is None


def test_a_driver_that_is_not_loaded_is_no_gpu(opened: Open) -> None:
    driver = FakeDriver(FakeCard(bus=1))
    driver.loaded = False
    assert opened(driver) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there it is looked for as a file")
def test_without_its_library_nothing_is_opened(monkeypatch: pytest.MonkeyPatch, clock: TurnedClock) -> None:
    def load(name: str) -> Any:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", load)
    assert open_nvidia(clock) is None
