"""Figures of the machine, and everything that a system may refuse to tell."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.core.clock import SystemClock
from backend.services.system import FiguresUnavailable, System, machine
from backend.services.system.figures import Sample
from backend.services.system.hardware import read_hardware
from backend.services.system.machine import MachineReader, _network, drive_of
from backend.services.system.procfs_counters import ProcfsCounters
from backend.services.system.psutil_counters import PsutilCounters
from backend.services.system.traffic import Traffic
from tests.services.system.conftest import BUSY

Start = Callable[..., "subprocess.Popen[str]"]
Open = Callable[..., System]


def raises(error: Exception) -> Callable[..., Any]:
    def refused(*_: object, **__: object) -> None:
        raise error

    return refused


async def test_figures_are_those_of_the_machine(open_system: Open, tmp_path: Path) -> None:
    sample = await open_system().stats()
    assert sample.cpu.count == len(sample.cpu.per_core) == psutil.cpu_count()
    assert all(0 <= share <= 100 for share in (sample.cpu.usage_percent, *sample.cpu.per_core))
    assert sample.memory.total == psutil.virtual_memory().total
    assert sample.memory.total_gb == round(sample.memory.total / 1024**3, 2)
    assert sample.disk is not None
    assert sample.disk.total == psutil.disk_usage(str(tmp_path)).total
    assert os.path.ismount(sample.disk.path)
    assert sample.timestamp.tzinfo is not None


async def test_a_busy_core_is_seen_on_the_first_call(open_system: Open, start: Start) -> None:
    start(BUSY)
    assert max((await open_system().stats()).cpu.per_core) > 10


async def test_a_folder_that_does_not_exist_yet_has_a_drive(open_system: Open, tmp_path: Path) -> None:
    assert drive_of(tmp_path / "not" / "yet") == drive_of(tmp_path)
    sample = await open_system(data_dir=tmp_path / "not" / "yet").stats()
    assert sample.disk is not None


def test_traffic_is_a_rate_over_the_time_between() -> None:
    before = {"eth0": Traffic(into=5000, out=1000), "eth1": Traffic(into=0, out=0)}
    after = {"eth0": Traffic(into=5000, out=3000), "eth1": Traffic(into=600, out=0)}
    network = _network(before, after, 2.0)
    assert network is not None
    assert (network.bytes_sent, network.sent_per_second, network.received_per_second) == (3000, 1000.0, 300.0)


def test_an_interface_that_goes_is_no_traffic_backwards() -> None:
    before = {"eth0": Traffic(into=1000, out=1000), "usb0": Traffic(into=9000, out=9000)}
    network = _network(before, {"eth0": Traffic(into=10, out=10)}, 2.0)
    assert network is not None
    assert (network.sent_per_second, network.received_per_second) == (0.0, 0.0)


def measure(folder: Path) -> Sample:
    """As the systems do that have no reader of their own."""
    reader = MachineReader(folder, SystemClock(), counters=PsutilCounters())
    return reader.difference(reader.read(), reader.read(), 1.0)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("cpu_freq", lambda: None),
        ("cpu_freq", raises(FileNotFoundError("no such file"))),
        ("cpu_freq", raises(NotImplementedError("not here"))),
        ("swap_memory", raises(OSError("no /proc/vmstat"))),
        ("swap_memory", raises(RuntimeError("performance counters are off"))),
        ("net_io_counters", lambda **_: {}),
        ("net_io_counters", raises(PermissionError("not in a container"))),
        ("disk_usage", raises(OSError("the device is not ready"))),
    ],
)
def test_what_a_system_does_not_tell_is_null_and_the_rest_is_told(
    call: str, answer: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = measure(tmp_path).as_json()
    monkeypatch.setattr(psutil, call, answer)
    part = measure(tmp_path).as_json()
    assert set(part) == set(whole)
    missing = {
        "cpu_freq": part["cpu"]["frequency"]["current"], "swap_memory": part["swap"],
        "net_io_counters": part["network"], "disk_usage": part["disk"],
    }[call]  # fmt: skip
    assert missing is None
    assert part["memory"]["total"] == whole["memory"]["total"]
    json.dumps(part)


def test_a_platform_without_frequencies_at_all_tells_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "cpu_freq")
    assert measure(tmp_path).as_json()["cpu"]["frequency"] == {"current": None, "min": None, "max": None}


async def test_a_system_that_tells_nothing_is_a_clear_failure(
    open_system: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "choose_counters", lambda: ProcfsCounters(str(tmp_path / "proc")))
    with pytest.raises(FiguresUnavailable, match="does not tell"):
        await open_system().stats()


def test_a_sample_becomes_what_dataclasses_make_of_it(tmp_path: Path) -> None:
    reader = MachineReader(tmp_path, SystemClock(), read_hardware)
    sample = reader.difference(reader.read(), reader.read(), 1.0)
    told, made = sample.as_json(), asdict(sample)
    assert told.pop("timestamp") == made.pop("timestamp").isoformat()
    assert told == json.loads(json.dumps(made))


async def test_what_the_machine_is(open_system: Open) -> None:
    system = open_system()
    info = await system.info()
    assert info.cpu_cores == psutil.cpu_count()
    assert info.total_memory == psutil.virtual_memory().total
    assert info.uptime > 0
    assert all((info.os, info.hostname, info.python, info.platform, info.arch, info.processor))
    assert await system.info() is info
