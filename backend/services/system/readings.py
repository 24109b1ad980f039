"""What one pass over all processes finds, and the readers that make such passes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Reading(NamedTuple):
    """One process at one moment.

    `started` is seconds since 1970: with the pid it names the process, which a pid alone does not. `cpu_seconds` and
    `memory_bytes` (resident) are None where this user may not know them. `program` changes when the process becomes
    another program; None where the system does not tell.
    """

    pid: int
    parent: int
    started: float
    name: str
    status: str
    cpu_seconds: float | None
    memory_bytes: int | None
    program: object = None


class Description(NamedTuple):
    """What costs more to ask and seldom changes; None where this user may not know."""

    name: str
    username: str | None
    command: str | None


class ProcessReader(Protocol):
    """Not for several threads at once."""

    def read(self) -> dict[int, Reading]:
        """Every process that this user can see, by pid; those that end meanwhile are left out."""

    def pids(self) -> Iterable[int]:
        """Of every process, and perhaps of some that have ended; costs little."""

    def read_some(self, pids: Iterable[int]) -> dict[int, Reading]:
        """Those of the pids that live."""

    def describe(self, reading: Reading) -> Description:
        """Never fails: a process that has gone is described by what was read of it."""


def choose_reader() -> ProcessReader:
    if sys.platform == "linux":
        from backend.services.system.procfs import ProcfsProcesses

        return ProcfsProcesses()
    from backend.services.system.psutil_processes import PsutilProcesses

    return PsutilProcesses()
