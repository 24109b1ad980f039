"""Drives, links and sensors: what is there by name, what is not there by nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from backend.core.clock import SystemClock
from backend.services.system import System
from backend.services.system.hardware import AGE, HardwareReader, read_hardware
from backend.services.system.machine import MachineReader
from backend.services.system.procfs_counters import ProcfsCounters
from backend.services.system.traffic import DriveTraffic, Traffic, rates
from tests.fakes.clock import TurnedClock

Open = Callable[..., System]
GIB = 1 << 30


def sensor(label: str, current: float, high: float | None = None, critical: float | None = None) -> Any:
    return SimpleNamespace(label=label, current=current, high=high, critical=critical)


def part(device: str, mount: str, fstype: str = "ext4", opts: str = "rw") -> Any:
    return SimpleNamespace(device=device, mountpoint=mount, fstype=fstype, opts=opts)


async def test_file_systems_of_this_machine_are_those_that_psutil_has(open_system: Open) -> None:
    sample = await open_system().stats()
    mounts = {part.mountpoint for part in psutil.disk_partitions(all=False)}
    assert {drive.mount for drive in sample.disks} <= mounts
    for drive in sample.disks:
        assert drive.total == psutil.disk_usage(drive.mount).total
        assert 0 <= drive.percent <= 100


async def test_interfaces_of_this_machine_are_all_but_loopback(open_system: Open) -> None:
    sample = await open_system().stats()
    assert {one.name for one in sample.networks} == psutil.net_io_counters(pernic=True).keys() - {"lo"}
    links = psutil.net_if_stats()
    assert all(one.up == links[one.name].isup for one in sample.networks)


@pytest.mark.skipif(sys.platform != "linux", reason="this file is Linux's own")
def test_drives_are_counted_as_psutil_counts_them() -> None:
    counted = ProcfsCounters().drives()
    theirs = psutil.disk_io_counters(perdisk=True, nowrap=False)
    whole = {path.name for path in Path("/sys/block").iterdir()}
    assert counted.parts.keys() == {name for name in theirs if not name.startswith(("loop", "ram", "zram"))}
    assert counted.drives.keys() == counted.parts.keys() & whole
    for name, count in counted.parts.items():
        assert count.into <= theirs[name].read_bytes + (1 << 26)
        assert theirs[name].read_bytes <= count.into + (1 << 26)


def test_what_is_written_is_traffic_of_all_drives_and_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = MachineReader(tmp_path, SystemClock(), read_hardware)
    before = reader.read()
    assert before.drives is not None
    grown = {name: Traffic(count.into, count.out + 4_000_000) for name, count in before.drives.parts.items()}
    drives = {name: grown[name] for name in before.drives.drives}
    monkeypatch.setattr(reader._counters, "drives", lambda: DriveTraffic(drives, grown))
    sample = reader.difference(before, reader.read(), 2.0)
    assert sample.disk_traffic is not None
    assert sample.disk_traffic.write_per_second == 2_000_000.0 * len(drives)
    assert {drive.write_per_second for drive in sample.disks if drive.name in grown} <= {2_000_000.0}


def test_what_came_after_the_first_look_has_passed_nothing_yet() -> None:
    after = {"sda": Traffic(500, 500), "usb": Traffic(10**12, 10**12)}
    assert rates({"sda": Traffic(300, 500)}, after, 2.0) == {"sda": (100.0, 0.0), "usb": (0.0, 0.0)}


def test_sensors_have_names_that_no_other_has(monkeypatch: pytest.MonkeyPatch) -> None:
    temperatures = {
        "coretemp": [sensor("Core 0", 51.04, 80.0, 100.0), sensor("Core 1", 52.0)],
        "nvme": [sensor("Composite", 40.0), sensor("Composite", 41.0)],
        "acpitz": [sensor("", 30.0)],
    }
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: temperatures, raising=False)
    monkeypatch.setattr(psutil, "sensors_fans", lambda: {"thinkpad": [sensor("fan1", 2400)]}, raising=False)
    found = read_hardware()
    assert {one.name: one.celsius for one in found.temperatures} == {
        "coretemp Core 0": 51.0,
        "coretemp Core 1": 52.0,
        "nvme Composite": 40.0,
        "nvme Composite #2": 41.0,
        "acpitz": 30.0,
    }
    assert (found.temperatures[0].high, found.temperatures[0].critical) == (80.0, 100.0)
    assert [(fan.name, fan.rpm) for fan in found.fans] == [("thinkpad fan1", 2400)]


@pytest.mark.parametrize(("left", "told"), [(3600, 3600), (psutil.POWER_TIME_UNLIMITED, None)])
def test_a_battery_says_how_long_it_lasts_where_that_is_known(
    left: int, told: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    battery = SimpleNamespace(percent=81.234, secsleft=left, power_plugged=left < 0)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    found = read_hardware().battery
    assert found is not None
    assert (found.percent, found.plugged, found.seconds_left) == (81.2, left < 0, told)


def test_hardware_that_is_not_there_is_absent_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> Any:
        raise OSError("not in a container")

    for name in ("sensors_temperatures", "sensors_fans", "sensors_battery"):
        monkeypatch.delattr(psutil, name, raising=False)
    for name in ("disk_partitions", "net_if_stats"):
        monkeypatch.setattr(psutil, name, refused)
    found = read_hardware()
    assert (found.file_systems, found.up, found.temperatures, found.fans, found.battery) == ((), {}, (), (), None)


def test_a_drive_that_is_mounted_twice_or_has_no_disc_is_no_other_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [
        part("/dev/sda2", str(tmp_path)),
        part("/dev/sda2", str(tmp_path / "again")),
        part("/dev/loop3", "/", "squashfs"),
        part("D:\\", str(tmp_path / "not there"), "NTFS"),
        part("E:\\", "E:\\", "", "cdrom"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: parts)  # noqa: A006
    assert [(one.name, one.mount) for one in read_hardware().file_systems] == [("sda2", str(tmp_path))]


async def test_a_look_is_taken_again_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []

    def fans() -> dict[str, Any]:
        looks.append(None)
        return {"fan": [sensor("", len(looks))]}

    monkeypatch.setattr(psutil, "sensors_fans", fans, raising=False)
    clock = TurnedClock()
    reader = HardwareReader(clock)
    for _ in range(5):
        await reader.keep_fresh()
        assert reader.present.fans[0].rpm == 1
    clock.turn(AGE)
    await reader.keep_fresh()
    assert reader._reading is not None
    await reader._reading
    assert reader.present.fans[0].rpm == 2
