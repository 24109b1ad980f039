"""Reads the machine's figures: processor, memory, swap, the drive of the data folder, what passes through drives and
network.

What this system does not tell is None; processor and memory are always there, and their failure is the caller's to
hear.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from backend.core.clock import Clock
from backend.services.system.counters import Core, Counters, choose_counters, gib, percent
from backend.services.system.figures import (
    Cpu,
    Disk,
    DiskTraffic,
    Drive,
    Frequency,
    Gpu,
    Interface,
    Memory,
    Network,
    Sample,
    Swap,
)
from backend.services.system.hardware import Hardware, HardwareReader, told
from backend.services.system.pace import Pace
from backend.services.system.traffic import DriveTraffic, Traffic, rates, total

FREQUENCY_AGE = 10.0  # seconds: asking for it wakes every core


@dataclass(frozen=True, slots=True)
class Reading:
    at: datetime
    cores: tuple[Core, ...]
    memory: Memory
    swap: Swap | None
    disk: Disk | None
    interfaces: Mapping[str, Traffic] | None
    drives: DriveTraffic | None


class Machine:
    """Samples, however many ask for them; `gpus` gives what was last read of those, from any thread."""

    def __init__(self, folder: Path, clock: Clock, gpus: Callable[[], tuple[Gpu, ...]], stale_after: float) -> None:
        self._hardware = HardwareReader(clock)
        reader = MachineReader(folder, clock, lambda: self._hardware.present, gpus)
        self._samples: Pace[Reading, Sample] = Pace(
            reader.read, reader.difference, clock=clock, stale_after=stale_after
        )

    async def latest(self, max_age: float) -> Sample:
        """At most `max_age` seconds old."""
        await self._hardware.keep_fresh()
        return await self._samples.latest(max_age)


class MachineReader:
    """Not for several threads at once. `hardware` and `gpus` give what was last found out of those, `counters` is what
    the machine counts; the reader of this system if none."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        hardware: Callable[[], Hardware] = Hardware,
        gpus: Callable[[], tuple[Gpu, ...]] = tuple,
        counters: Counters | None = None,
    ) -> None:
        self._gpus = gpus
        self._drive = drive_of(folder)
        self._clock = clock
        self._hardware = hardware
        self._counters = counters or choose_counters()
        self._frequency = Frequency()
        self._frequency_at: float | None = None

    def read(self) -> Reading:
        memory, swap = self._counters.memory()
        return Reading(
            at=self._clock.now(),
            cores=self._counters.cores(),
            memory=memory,
            swap=swap,
            disk=told(self._disk),
            interfaces=told(self._counters.interfaces),
            drives=told(self._counters.drives),
        )

    def difference(self, before: Reading, after: Reading, seconds: float) -> Sample:
        pairs = zip(before.cores, after.cores, strict=False)  # a core can be taken away meanwhile
        spans = [(new.busy - old.busy, new.total - old.total) for old, new in pairs]
        usage = percent(sum(busy for busy, _ in spans), sum(total for _, total in spans))
        per_core = tuple(percent(busy, total) for busy, total in spans)
        cpu = Cpu(usage, len(after.cores), self._present_frequency(), per_core)
        hardware = self._hardware()
        return Sample(
            timestamp=after.at,
            cpu=cpu,
            memory=after.memory,
            swap=after.swap,
            disk=after.disk,
            network=_network(before.interfaces, after.interfaces, seconds),
            disk_traffic=_disk_traffic(before.drives, after.drives, seconds),
            disks=_drives(before.drives, after.drives, seconds, hardware),
            networks=_interfaces(before.interfaces, after.interfaces, seconds, hardware),
            temperatures=hardware.temperatures,
            fans=hardware.fans,
            battery=hardware.battery,
            gpus=self._gpus(),
        )

    def _disk(self) -> Disk:
        usage = psutil.disk_usage(self._drive)
        total, used, free = usage.total, usage.used, usage.free
        return Disk(total, used, free, usage.percent, gib(total), gib(used), gib(free), self._drive)

    def _present_frequency(self) -> Frequency:
        now = self._clock.monotonic()
        if self._frequency_at is None or now - self._frequency_at >= FREQUENCY_AGE:
            self._frequency = told(_frequency) or Frequency()
            self._frequency_at = now
        return self._frequency


def drive_of(folder: Path) -> str:
    """`C:\\` or the mount point that `folder` lies in, whether or not it exists yet."""
    place = folder.resolve()
    while place.parent != place and not os.path.ismount(place):  # Path.is_mount refuses to work on Windows
        place = place.parent
    return str(place)


def _frequency() -> Frequency | None:
    found = psutil.cpu_freq()
    return Frequency(found.current or None, found.min or None, found.max or None) if found else None


def _network(
    before: Mapping[str, Traffic] | None, after: Mapping[str, Traffic] | None, seconds: float
) -> Network | None:
    """An interface that has gone takes its count with it: that is no traffic backwards."""
    if not after:
        return None
    sums = total(after)
    received, sent = _sum(rates(before or after, after, seconds))
    return Network(sums.out, sums.into, sent, received)


def _disk_traffic(before: DriveTraffic | None, after: DriveTraffic | None, seconds: float) -> DiskTraffic | None:
    if after is None or not after.drives:
        return None
    return DiskTraffic(*_sum(rates((before or after).drives, after.drives, seconds)))


def _drives(
    before: DriveTraffic | None, after: DriveTraffic | None, seconds: float, hardware: Hardware
) -> tuple[Drive, ...]:
    passed = {} if after is None else rates((before or after).parts, after.parts, seconds)
    return tuple(
        Drive(found.name, found.mount, found.total, found.used, found.percent, *passed.get(found.name, (None, None)))
        for found in hardware.file_systems
    )


def _interfaces(
    before: Mapping[str, Traffic] | None, after: Mapping[str, Traffic] | None, seconds: float, hardware: Hardware
) -> tuple[Interface, ...]:
    passed = rates(before or after or {}, after or {}, seconds)
    return tuple(Interface(name, into, out, hardware.up.get(name, False)) for name, (into, out) in passed.items())


def _sum(passed: dict[str, tuple[float, float]]) -> tuple[float, float]:
    return round(sum(into for into, _ in passed.values()), 1), round(sum(out for _, out in passed.values()), 1)
