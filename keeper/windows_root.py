"""What a tree hangs on: the handle of its root, its job object, and who of it no job holds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

assert sys.platform == "win32"

from keeper import windows_processes as processes
from keeper.windows_api import kernel32
from keeper.windows_jobs import Job

Finder = Callable[[], Mapping[int, int]]  # pid → start of living members


@dataclass(frozen=True)
class Root:
    """The handle is open until the tree has ended, and keeps the pid from being given to another."""

    pid: int
    start: int  # FILETIME
    process: int
    job: Job | None
    others: Finder | None  # None: the job holds every member
    enforced: Mapping[str, str] = field(default_factory=dict)  # limit → what enforces it

    def members(self) -> list[int]:
        """The root first, while it lives."""
        found = set() if self.job is None else set(self.job.members())
        if self.others is not None:
            found |= self.others().keys()
        return sorted(found, key=lambda pid: pid != self.pid)

    def used(self) -> tuple[float | None, int | None]:
        """Seconds of a processor and the most bytes of memory, of the whole tree; None where no job holds all of it."""
        return (None, None) if self.job is None or self.others is not None else self.job.used()

    def end(self) -> None:
        """Ends all that are there now; one of these may just have started another."""
        if self.job is not None:
            self.job.terminate()
        if self.others is not None:
            for pid, start in self.others().items():
                processes.end(pid, start)

    def close(self) -> None:
        """Ends what still lives in the job: for ended trees only."""
        kernel32.CloseHandle(self.process)
        if self.job is not None:
            self.job.close()


def marked(tree: str) -> Finder:
    """Members by the mark in their environment, for a tree that no job took."""
    return lambda: {pid: start for pid, (of, start) in processes.marks(tree).items() if of == tree}


class Lineage:
    """Members by descent, for a process that was started elsewhere. A child counts only if it is younger than its
    parent: a pid may be another's by now. Whoever was a member once stays one when its parent ends."""

    def __init__(self, pid: int, start: int) -> None:
        self._known = {pid: start}

    def members(self) -> Mapping[int, int]:
        table = processes.parents()
        found = dict(self._known)
        grown = True
        while grown:
            grown = False
            for pid, (parent, start) in table.items():
                if pid not in found and parent in found and _descends(start, found[parent], table.get(parent)):
                    found[pid] = start
                    grown = True
        self._known = {pid: start for pid, start in found.items() if pid in table and table[pid][1] == start}
        return self._known


def _descends(start: int, parent_start: int, parent_now: tuple[int, int] | None) -> bool:
    """`parent_now` is who has the parent's pid at present."""
    if start < parent_start:
        return False
    return parent_now is None or parent_now[1] == parent_start or start < parent_now[1]
