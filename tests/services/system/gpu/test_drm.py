"""AMD's and Intel's cards, read from trees of their drivers' files."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.services.system.gpu import drm as reader_of
from backend.services.system.gpu.card import Card
from backend.services.system.gpu.drm import DrmGpus
from backend.services.system.gpu.pci_names import PciNames
from tests.fakes.clock import TurnedClock
from tests.fakes.drm import AMD, AMDGPU_CLIENT, GIB, I915, INTEGRATED_AMD, NVIDIA, VIRTUAL, XE, XE_CLIENT, Drm

NAMES = """\
# a list
1001  Kolter Electronic
\t744c  Another maker's
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX]
\t\t1002 0e3b  Of one shop
\t15bf  Phoenix1
8086  Intel Corporation
\te20b  Battlemage G21 [Arc B580]
"""


@pytest.fixture
def tree(tmp_path: Path) -> Drm:
    return Drm(tmp_path)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def gpus(tree: Drm, clock: TurnedClock, tmp_path: Path) -> DrmGpus:
    names = tmp_path / "pci.ids"
    names.write_text(NAMES)
    return DrmGpus(clock, tree.cards, tree.proc, PciNames([tmp_path / "none.ids", names]))


def only(gpus: DrmGpus) -> Card:
    (card,) = gpus.read(())
    return card


def test_a_card_of_amd_is_told_whole(tree: Drm, gpus: DrmGpus) -> None:
    tree.add("card1", AMD)
    assert only(gpus) == Card(
        key="0000:03:00.0",
        vendor="AMD",
        name="Radeon RX 7900 XT/7900 XTX",
        uuid="1d0f2c4e8a6b3957",
        driver="amdgpu",
        usage_percent=37.0,
        memory_used=9 * GIB,
        memory_total=24 * GIB,
        temperature=61.0,
        power=212.5,
        power_limit=327.0,
        fan=40.0,
    )


def test_what_an_integrated_one_does_not_have_is_none(tree: Drm, gpus: DrmGpus) -> None:
    tree.add("card0", INTEGRATED_AMD)
    card = only(gpus)
    assert (card.name, card.usage_percent, card.temperature, card.power) == ("Phoenix1", 4.0, 44.0, 5.0)
    assert (card.uuid, card.power_limit, card.fan) == (None, None, None)


def test_its_own_name_goes_before_the_list_and_a_number_stands_for_none(tree: Drm, gpus: DrmGpus) -> None:
    tree.add("card0", {**AMD, "device/product_name": "Radeon PRO W7900\n"})
    tree.add("card1", I915)
    assert [card.name for card in gpus.read(())] == ["Intel GPU 9bc4", "Radeon PRO W7900"]


def test_intels_is_as_busy_as_its_busiest_part_since_the_reading_before(
    tree: Drm, gpus: DrmGpus, clock: TurnedClock
) -> None:
    tree.add("card0", XE)
    first = only(gpus)
    assert (first.name, first.driver) == ("Arc B580", "xe")
    assert (first.usage_percent, first.power) == (None, None)
    assert (first.memory_total, first.memory_used) == (0x2F8000000, None)
    assert (first.temperature, first.power_limit, first.fan) == (55.0, 190.0, None)
    clock.turn(2)
    tree.set("card0", "device/tile0/gt0/gtidle/idle_residency_ms", "100500")  # slept half a second of two
    tree.set("card0", "device/tile0/gt1/gtidle/idle_residency_ms", "202000")  # slept all the time
    tree.set("card0", "device/hwmon/hwmon3/energy1_input", "5090000000")  # 90 joules
    second = only(gpus)
    assert (second.usage_percent, second.power) == (75.0, 45.0)


def test_an_older_driver_of_intel_counts_sleep_too(tree: Drm, gpus: DrmGpus, clock: TurnedClock) -> None:
    tree.add("card0", I915)
    only(gpus)
    clock.turn(2)
    for path in ("gt/gt0/rc6_residency_ms", "power/rc6_residency_ms"):
        tree.set("card0", path, "3001800")
    card = only(gpus)
    assert card.usage_percent == 10.0
    assert (card.memory_total, card.temperature, card.power, card.fan) == (None, None, None, None)


def test_counters_that_begin_anew_or_stand_still_at_zero_tell_nothing(
    tree: Drm, gpus: DrmGpus, clock: TurnedClock
) -> None:
    tree.add("card0", XE)
    tree.add("card1", {**I915, "gt/gt0/rc6_residency_ms": "0", "power/rc6_residency_ms": "0"})
    gpus.read(())
    clock.turn(2)
    for path in ("device/tile0/gt0/gtidle/idle_residency_ms", "device/tile0/gt1/gtidle/idle_residency_ms"):
        tree.set("card0", path, "20")
    tree.set("card0", "device/hwmon/hwmon3/energy1_input", "1000")
    assert [(card.usage_percent, card.power) for card in gpus.read(())] == [(None, None), (None, None)]


def test_a_card_that_sleeps_is_not_asked(tree: Drm, gpus: DrmGpus) -> None:
    tree.add("card0", {**AMD, "device/power/runtime_status": "suspended\n"})
    assert only(gpus) == Card("0000:03:00.0", "AMD", "Radeon RX 7900 XT/7900 XTX", driver="amdgpu")


def test_a_figure_that_cannot_be_read_just_now_is_none(tree: Drm, gpus: DrmGpus) -> None:
    tree.add("card0", {**AMD, "device/gpu_busy_percent": "busy\n", "device/hwmon/hwmon4/power1_cap": "0\n"})
    (tree.cards / "card0/device/hwmon/hwmon4/temp1_input").unlink()
    card = only(gpus)
    assert (card.usage_percent, card.temperature, card.power_limit) == (None, None, None)
    assert card.memory_used == 9 * GIB


def test_only_cards_of_amd_and_intel_are_told_in_the_order_of_their_slots(tree: Drm, gpus: DrmGpus) -> None:
    for name, files in (("card0", VIRTUAL), ("card1", AMD), ("card2", NVIDIA), ("card3", XE), ("card4", I915)):
        tree.add(name, files)
    tree.add("card1-DP-1", {"status": "connected\n", **AMD})
    (tree.cards / "version").write_text("drm 1.1.0 20060810\n")
    assert [card.key for card in gpus.read(())] == ["0000:00:02.0", "0000:03:00.0", "0000:08:00.0"]
    assert gpus.there()


def test_nothing_is_there_without_the_kernels_folder(clock: TurnedClock, tmp_path: Path) -> None:
    gpus = DrmGpus(clock, tmp_path / "none", tmp_path / "none")
    assert gpus.read(()) == []
    assert not gpus.there()


def test_a_card_that_is_taken_out_is_gone_from_the_next_reading(tree: Drm, gpus: DrmGpus, tmp_path: Path) -> None:
    tree.add("card0", AMD)
    tree.add("card1", XE)
    assert len(gpus.read(())) == 2
    tree.move("card0", tmp_path / "out")
    assert [card.vendor for card in gpus.read(())] == ["Intel"]


def test_processes_of_ours_are_looked_for_every_ten_seconds(tree: Drm, gpus: DrmGpus, clock: TurnedClock) -> None:
    tree.add("card0", AMD)
    tree.add("card1", XE)
    tree.open(300, 5, AMDGPU_CLIENT.format(client=1, slot="0000:03:00.0", kib=2048))
    tree.open(301, 7, XE_CLIENT.format(client=1, slot="0000:08:00.0", kib=1024))
    tree.open(999, 5, AMDGPU_CLIENT.format(client=9, slot="0000:03:00.0", kib=4096))
    amd, intel = gpus.read((300, 301))
    assert (amd.processes, intel.processes) == ({300: 2048 * 1024}, {301: 1024 * 1024})
    tree.open(302, 5, AMDGPU_CLIENT.format(client=2, slot="0000:03:00.0", kib=64))
    clock.turn(reader_of.CLIENTS_AGE - 1)
    amd, intel = gpus.read((301, 302))  # one of ours has ended
    assert (amd.processes, intel.processes) == ({}, {301: 1024 * 1024})
    clock.turn(1)
    amd, _ = gpus.read((301, 302))
    assert amd.processes == {302: 64 * 1024}
