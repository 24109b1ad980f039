"""What the operating system itself says of processes round each reading of ours: the truth lies between the two.

A busy machine gives a process less, and takes longer between two readings; either way what we tell must agree.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import psutil

from backend.core.clock import SystemClock
from backend.services.system.passes import LEAST_AGE
from backend.services.system.readings import Reading
from tests.services.system.conftest import CountedReader

ROUNDED = 0.1  # percent, by which a share that is told may differ from the one that was measured
STARTED = 0.05  # seconds, to which a system tells when a process has started

Bounds = tuple[float, float]


class NotedClock(SystemClock):
    """Knows what it told last."""

    told = 0.0

    def monotonic(self) -> float:
        self.told = super().monotonic()
        return self.told


@dataclass(frozen=True)
class Look:
    """`at` is the moment of the reading as its caller knows it; `before` and `after` are seconds by pid."""

    at: float
    before: Mapping[int, float]
    after: Mapping[int, float]
    ended: float


class Witness(CountedReader):
    """Asks psutil about the processes that are `watched`, just before and just after each reading.

    Its `clock` is to be the one of whoever reads, who asks it for the time right before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = NotedClock()
        self.watched: set[int] = set()
        self._looks: list[Look] = []
        self._at = 0.0

    def pids(self) -> Iterable[int]:
        self._at = self.clock.told  # who reads some asks for all first, and may look at the clock again in between
        return super().pids()

    def read(self) -> dict[int, Reading]:
        self._at = self.clock.told
        return self._witnessed(super().read)

    def read_some(self, pids: Iterable[int]) -> dict[int, Reading]:
        wanted, read = set(pids), super().read_some
        return self._witnessed(lambda: read(wanted))

    def share(self, *pids: int) -> Bounds:
        """Percent of one processor that they had between the last two looks: at least, at most."""
        first, second = self._looks[-2:]
        seconds = second.at - first.at
        least = sum(second.before[pid] - first.after[pid] for pid in pids)
        most = sum(second.after[pid] - first.before[pid] for pid in pids)
        slack = ROUNDED * len(pids)
        return 100 * max(least, 0.0) / seconds - slack, 100 * most / seconds + slack

    def share_of_life(self, pid: int, begun: float, ready: float) -> Bounds:
        """The same from its start on, which was between `begun` and `ready` (of the wall clock), to the last look."""
        look = self._looks[-1]
        longest = max(time.time() - begun + STARTED, LEAST_AGE)
        shortest = max(look.ended - ready - STARTED, LEAST_AGE)
        return 100 * look.before[pid] / longest - ROUNDED, 100 * look.after[pid] / shortest + ROUNDED

    def _witnessed(self, read: Callable[[], dict[int, Reading]]) -> dict[int, Reading]:
        before = self._used()
        found = read()
        self._looks.append(Look(self._at, before, self._used(), time.time()))
        return found

    def _used(self) -> dict[int, float]:
        return {pid: used(pid) for pid in self.watched}


def used(pid: int) -> float:
    """Seconds of the processor since it began."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def rests(pid: int) -> bool:
    """It waits for something; a child that was ready a moment ago may still be on its way there. Windows does not tell
    whether a process waits."""
    return sys.platform == "win32" or psutil.Process(pid).status() == psutil.STATUS_SLEEPING
