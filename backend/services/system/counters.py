"""What the machine counts: processors' time, memory, what passes through drives and network; and who reads it here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from backend.services.system.figures import Memory, Swap
from backend.services.system.traffic import DriveTraffic, Traffic

GIB = 1024**3


class Core(NamedTuple):
    """Time of one processor since the start of the machine, in the unit that the system counts it in."""

    busy: float
    total: float


class Counters(Protocol):
    """Every method may raise `OSError`, `RuntimeError` or `psutil.Error`. Not for several threads at once."""

    def cores(self) -> tuple[Core, ...]: ...

    def memory(self) -> tuple[Memory, Swap | None]:
        """Swap is None where there is none, or where the system does not tell."""

    def interfaces(self) -> Mapping[str, Traffic]:
        """By name, without loopback."""

    def drives(self) -> DriveTraffic:
        """Without what is no drive but a file or memory that looks like one."""


def choose_counters() -> Counters:
    if sys.platform == "linux":
        from backend.services.system.procfs_counters import ProcfsCounters

        return ProcfsCounters()
    from backend.services.system.psutil_counters import PsutilCounters

    return PsutilCounters()


def percent(part: float, whole: float) -> float:
    return round(min(max(100 * part / whole, 0.0), 100.0), 1) if whole > 0 else 0.0


def gib(size: int) -> float:
    return round(size / GIB, 2)
