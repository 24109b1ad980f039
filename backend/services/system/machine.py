"""Live figures of the machine: processor, memory, swap, the drive of the data folder, network.

Sizes are bytes (`…_gb`: GiB, two decimals), percentages 0 to 100. What this system does not tell is None; processor and
memory are always there, and their failure is the caller's to hear.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import psutil

from backend.core.clock import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")

GIB = 1024**3
FREQUENCY_AGE = 10.0  # seconds: asking for it wakes every core


@dataclass(frozen=True, slots=True)
class Frequency:
    """MHz."""

    current: float | None = None
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Cpu:
    usage_percent: float
    count: int
    frequency: Frequency
    per_core: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    total: int
    available: int
    used: int
    percent: float
    total_gb: float
    used_gb: float
    available_gb: float


@dataclass(frozen=True, slots=True)
class Swap:
    total: int
    used: int
    percent: float


@dataclass(frozen=True, slots=True)
class Disk:
    """`path` is the drive or the mount point, never a folder in it."""

    total: int
    used: int
    free: int
    percent: float
    total_gb: float
    used_gb: float
    free_gb: float
    path: str


@dataclass(frozen=True, slots=True)
class Network:
    """All interfaces but loopback, since the machine started."""

    bytes_sent: int
    bytes_received: int
    sent_per_second: float
    received_per_second: float


@dataclass(frozen=True, slots=True)
class Sample:
    timestamp: datetime
    cpu: Cpu
    memory: Memory
    swap: Swap | None
    disk: Disk | None
    network: Network | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"timestamp": self.timestamp.isoformat()}


class Core(NamedTuple):
    """Seconds of one processor since the start of the machine."""

    busy: float
    total: float


class Traffic(NamedTuple):
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Reading:
    at: datetime
    cores: tuple[Core, ...]
    memory: Memory
    swap: Swap | None
    disk: Disk | None
    traffic: Traffic | None


class MachineReader:
    """Reads psutil. Not for several threads at once."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._drive = drive_of(folder)
        self._clock = clock
        self._frequency = Frequency()
        self._frequency_at: float | None = None

    def read(self) -> Reading:
        return Reading(
            self._clock.now(), _cores(), _memory(), _or_none(_swap), _or_none(self._disk), _or_none(_traffic)
        )

    def difference(self, before: Reading, after: Reading, seconds: float) -> Sample:
        pairs = zip(before.cores, after.cores, strict=False)  # a core can be taken away meanwhile
        spans = [(new.busy - old.busy, new.total - old.total) for old, new in pairs]
        usage = _percent(sum(busy for busy, _ in spans), sum(total for _, total in spans))
        per_core = tuple(_percent(busy, total) for busy, total in spans)
        cpu = Cpu(usage, len(after.cores), self._present_frequency(), per_core)
        network = _network(before.traffic, after.traffic, seconds)
        return Sample(after.at, cpu, after.memory, after.swap, after.disk, network)

    def _disk(self) -> Disk:
        usage = psutil.disk_usage(self._drive)
        total, used, free = usage.total, usage.used, usage.free
        return Disk(total, used, free, usage.percent, _gib(total), _gib(used), _gib(free), self._drive)

    def _present_frequency(self) -> Frequency:
        now = self._clock.monotonic()
        if self._frequency_at is None or now - self._frequency_at >= FREQUENCY_AGE:
            self._frequency = _or_none(_frequency) or Frequency()
            self._frequency_at = now
        return self._frequency


def drive_of(folder: Path) -> str:
    """`C:\\` or the mount point that `folder` lies in, whether or not it exists yet."""
    place = folder.resolve()
    while place.parent != place and not os.path.ismount(place):  # Path.is_mount refuses to work on Windows
        place = place.parent
    return str(place)


def _cores() -> tuple[Core, ...]:
    return tuple(_core(times._asdict()) for times in psutil.cpu_times(percpu=True))


def _core(times: dict[str, float]) -> Core:
    """Linux counts guests' time as their host's too, and a core that waits for a disk is idle."""
    total = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)
    return Core(total - times["idle"] - times.get("iowait", 0.0), total)


def _memory() -> Memory:
    memory = psutil.virtual_memory()
    total, available, used = memory.total, memory.available, memory.used
    return Memory(total, available, used, memory.percent, _gib(total), _gib(used), _gib(available))


def _swap() -> Swap | None:
    swap = psutil.swap_memory()
    return Swap(swap.total, swap.used, swap.percent) if swap.total else None


def _traffic() -> Traffic | None:
    outside = [n for name, n in psutil.net_io_counters(pernic=True).items() if not _is_loopback(name)]
    return Traffic(sum(n.bytes_sent for n in outside), sum(n.bytes_recv for n in outside)) if outside else None


def _is_loopback(interface: str) -> bool:
    return interface in ("lo", "lo0") or interface.startswith("Loopback")


def _frequency() -> Frequency | None:
    found = psutil.cpu_freq()
    return Frequency(found.current or None, found.min or None, found.max or None) if found else None


def _network(before: Traffic | None, after: Traffic | None, seconds: float) -> Network | None:
    """An interface that has gone takes its count with it: that is no traffic backwards."""
    if after is None:
        return None
    start = before or after
    sent = max(after.sent - start.sent, 0) / seconds if seconds > 0 else 0.0
    received = max(after.received - start.received, 0) / seconds if seconds > 0 else 0.0
    return Network(after.sent, after.received, round(sent, 1), round(received, 1))


def _or_none(figure: Callable[[], T | None]) -> T | None:
    try:
        return figure()
    except (OSError, RuntimeError, AttributeError, psutil.Error) as error:
        log.debug("%s is not told by this system: %s", figure.__name__, error)
        return None


def _percent(part: float, whole: float) -> float:
    return round(min(max(100 * part / whole, 0.0), 100.0), 1) if whole > 0 else 0.0


def _gib(size: int) -> float:
    return round(size / GIB, 2)
