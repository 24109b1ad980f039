"""A control group for each tree, where this user may make one: what belongs to a tree then cannot deny it, and does not
use more than it may."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

from keeper.posix_hierarchies import Hierarchy, open_hierarchies, write
from keeper.posix_limits import Setting, settings
from keeper.posix_table import lineage
from keeper.protocol import Limits

log = logging.getLogger("keeper")

REST = 0.02  # seconds since the last order
LONGEST_REST = 1.0  # seconds; where orders do not end
ROUNDS = 5  # looks at what a process started while it was being moved
LIMITS = {"memory": "memory", "cpu": "cpu", "pids": "processes"}  # by controller
FIRST, NEXT, LAST = range(3)

Order = tuple[int, int, Callable[[], None] | None]


class ControlGroups:
    """Each tree has a group below the base of each hierarchy that it needs, named by its id.

    Moving a process may take 20 ms in the kernel, so a thread does it and nobody waits but what is limited, which goes
    first. What a tree starts before that is moved too, or found by the other ways (session, parent, mark, output).
    """

    def __init__(self, hierarchies: list[Hierarchy]) -> None:
        self._hierarchies = hierarchies
        self._members = hierarchies[0].base
        self._limited: dict[str, dict[str, str]] = {}  # tree → controller → its group there
        self._orders: queue.PriorityQueue[Order] = queue.PriorityQueue()
        self._numbers = count()
        self._hurry = threading.Event()
        self._ordered = 0.0  # monotonic; the last order
        self._mover = threading.Thread(target=self._work, name="control groups", daemon=True)
        self._mover.start()

    @classmethod
    def open(cls, name: str) -> ControlGroups | None:
        """None where no group can be made."""
        hierarchies = open_hierarchies(name)
        return cls(hierarchies) if hierarchies else None

    @property
    def version(self) -> int:
        return self._hierarchies[0].version

    def limiting(self) -> dict[str, str]:
        """Which limits can be enforced here, and by what."""
        return {LIMITS[name]: one.words for one in reversed(self._hierarchies) for name in one.controllers}

    # A tree's groups

    def add(
        self, tree: str, pid: int, limits: Limits | None = None, then: Callable[[], None] | None = None
    ) -> dict[str, str]:
        """Moves the process, and what it started, into the tree's groups, and calls `then` from another thread. Which
        limits these groups enforce, and by what."""
        enforced = self._limit(tree, limits) if limits is not None else {}
        folders = tuple(dict.fromkeys((os.path.join(self._members, tree), *self._limited.get(tree, {}).values())))
        self._order(FIRST if then else NEXT, lambda: self._add(folders, pid, then))
        return enforced

    def _limit(self, tree: str, limits: Limits) -> dict[str, str]:
        done: dict[str, str] = {}
        for one in self._hierarchies:
            for setting in settings(limits, one.version):
                folder = os.path.join(one.base, tree)
                if setting.controller in one.controllers and setting.limit not in done and _set(folder, setting):
                    self._limited.setdefault(tree, {})[setting.controller] = folder
                    done[setting.limit] = one.words
        return done

    def remove(self, tree: str) -> None:
        """Once nobody lives there."""
        self._limited.pop(tree, None)
        self._order(NEXT, lambda: self._remove(tree))

    def pids(self, tree: str) -> list[int]:
        try:
            with open(os.path.join(self._members, tree, "cgroup.procs"), encoding="ascii") as file:
                return [int(line) for line in file]
        except OSError:
            return []

    def left(self) -> dict[int, str]:
        """Who lives in groups of any tree, those of an earlier keeper included; empty groups go."""
        found: dict[int, str] = {}
        for tree in self._trees():
            found.update((pid, tree) for pid in self.pids(tree))
            self._remove(tree)
        return found

    # Memory

    def met_memory_limit(self, tree: str) -> bool:
        """Whether the system ended a process of the tree because it met its limit."""
        folder = self._limited.get(tree, {}).get("memory")
        if folder is None:
            return False
        for file in ("memory.events", "memory.oom_control"):
            with suppress(OSError), open(os.path.join(folder, file), encoding="ascii") as opened:
                return any(line.startswith("oom_kill ") and line.split()[1] != "0" for line in opened)
        return False

    def memory_alarm(self, tree: str) -> int | None:
        """Version 1 ends one process where version 2 ends the whole tree: a descriptor that is ready once it did."""
        folder = self._limited.get(tree, {}).get("memory")
        if folder is None or not os.path.exists(os.path.join(folder, "cgroup.event_control")):
            return None
        alarm = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        try:
            with open(os.path.join(folder, "memory.oom_control"), encoding="ascii") as watched:
                write(folder, "cgroup.event_control", f"{alarm} {watched.fileno()}")
        except OSError:
            os.close(alarm)
            return None
        return alarm

    # The mover

    def close(self) -> None:
        """Groups of trees that have just ended stay busy for a moment, until the system is done with the dead."""
        self._orders.put((LAST, 0, None))
        self._hurry.set()
        self._mover.join()
        for _ in range(50):
            for tree in self._trees():
                self._remove(tree)
            if not self._trees():
                break
            time.sleep(0.01)
        for one in self._hierarchies:
            with suppress(OSError):
                os.rmdir(one.base)

    def _order(self, rank: int, act: Callable[[], None]) -> None:
        self._ordered = time.monotonic()
        self._orders.put((rank, next(self._numbers), act))
        if rank == FIRST:
            self._hurry.set()

    def _work(self) -> None:
        """What nobody waits for rests a moment: a crash has its next life started before its groups are tidied, and of
        many launches none waits in the kernel for the moving of another."""
        rested = False
        while True:
            order = self._orders.get()
            rank, _, act = order
            if act is None:
                return
            if rank == NEXT and not rested:
                self._rest()
                rested = True
                self._orders.put(order)
                continue
            try:
                act()
            except Exception:  # one order that fails must not leave others waiting for ever
                log.exception("control groups")
            rested = not self._orders.empty()

    def _rest(self) -> None:
        """Until no order has come for a while, or one that somebody waits for."""
        latest = time.monotonic() + LONGEST_REST
        while (left := min(self._ordered + REST, latest) - time.monotonic()) > 0:
            if self._hurry.wait(left):
                break
        self._hurry.clear()

    def _add(self, folders: tuple[str, ...], pid: int, then: Callable[[], None] | None) -> None:
        """A process that cannot be moved stays where it is: other ways of finding members remain."""
        try:
            for folder in folders:
                try:
                    os.makedirs(folder, exist_ok=True)
                    _move_all(folder, pid)
                except OSError as error:
                    if not isinstance(error, ProcessLookupError):  # else it has ended meanwhile
                        log.info("%s: process %d cannot be moved there: %s", folder, pid, error)
                    with suppress(OSError):
                        os.rmdir(folder)
        finally:
            if then is not None:
                then()

    def _remove(self, tree: str) -> None:
        for one in self._hierarchies:
            with suppress(OSError):  # somebody lives there, or it was never made
                os.rmdir(os.path.join(one.base, tree))

    def _trees(self) -> set[str]:
        return {tree for one in self._hierarchies for tree in _folders(one.base)}


def _folders(base: str) -> Iterator[str]:
    with suppress(OSError), os.scandir(base) as entries:
        yield from [entry.name for entry in entries if entry.is_dir()]


def _set(folder: str, setting: Setting) -> bool:
    try:
        os.makedirs(folder, exist_ok=True)
        for file, value in setting.files:
            write(folder, file, value)
    except OSError as error:
        log.warning("%s: no limit of %s: %s", folder, setting.limit, error)
        return False
    for file, value in setting.better:
        with suppress(OSError):
            write(folder, file, value)
    return True


def _move_all(folder: str, pid: int) -> None:
    """The process and what it started; what those start once they are there is born there."""
    write(folder, "cgroup.procs", str(pid))
    moved = {pid}
    for _ in range(ROUNDS):
        left = [one for one in lineage(pid) if one not in moved]
        if not left:
            return
        for one in left:
            with suppress(ProcessLookupError):
                write(folder, "cgroup.procs", str(one))
        moved.update(left)
