"""A control group for each tree, where this user may make one: what belongs to a tree then cannot deny it.

Version 2 where the keeper's own group is delegated to the user (a desktop's systemd does that), else version 1.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

log = logging.getLogger("keeper")

V1_CONTROLLERS = ("pids", "freezer", "cpuacct")  # any that limits nothing by being there


class ControlGroups:
    """`base` is a group of our own; each tree has one below it, named by its id.

    Moving a process may take 20 ms in the kernel, so a thread does it and nobody waits. What a tree starts before that
    is found by the other ways (session, parent, mark, output).
    """

    def __init__(self, base: str, version: int) -> None:
        self.version = version
        self._base = base
        self._orders: queue.SimpleQueue[tuple[Callable[..., None], tuple[str | int, ...]] | None] = queue.SimpleQueue()
        self._mover = threading.Thread(target=self._move, name="control groups", daemon=True)
        self._mover.start()

    @classmethod
    def open(cls, name: str) -> ControlGroups | None:
        """None where no group can be made."""
        for version, folder in _candidates():
            base = os.path.join(folder, f"control-center-{name}")
            try:
                os.makedirs(base, exist_ok=True)
                probe = os.path.join(base, "probe")
                os.makedirs(probe, exist_ok=True)
                os.rmdir(probe)
                if os.access(os.path.join(base, "cgroup.procs"), os.W_OK):
                    return cls(base, version)
            except OSError:
                continue
        return None

    def add(self, tree: str, pid: int) -> None:
        self._orders.put((self._add, (tree, pid)))

    def remove(self, tree: str) -> None:
        """Once nobody lives there."""
        self._orders.put((self._remove, (tree,)))

    def pids(self, tree: str) -> list[int]:
        try:
            with open(os.path.join(self._base, tree, "cgroup.procs"), encoding="ascii") as file:
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

    def close(self) -> None:
        """Groups of trees that have just ended stay busy for a moment, until the system is done with the dead."""
        self._orders.put(None)
        self._mover.join()
        for _ in range(50):
            for tree in self._trees():
                self._remove(tree)
            if not self._trees():
                break
            time.sleep(0.01)
        with suppress(OSError):
            os.rmdir(self._base)

    def _move(self) -> None:
        while (order := self._orders.get()) is not None:
            act, arguments = order
            act(*arguments)

    def _add(self, tree: str, pid: int) -> None:
        """A process that cannot be moved stays where it is: other ways of finding members remain."""
        folder = os.path.join(self._base, tree)
        try:
            os.mkdir(folder)
            _move_into(folder, pid)
        except OSError as error:
            log.info("no control group for %s: %s", tree, error)
            self._remove(tree)

    def _remove(self, tree: str) -> None:
        with suppress(OSError):  # somebody lives there, or it was never made
            os.rmdir(os.path.join(self._base, tree))

    def _trees(self) -> list[str]:
        try:
            return [entry.name for entry in os.scandir(self._base) if entry.is_dir()]
        except OSError:
            return []


def _move_into(folder: str, pid: int) -> None:
    with open(os.path.join(folder, "cgroup.procs"), "w", encoding="ascii") as file:
        file.write(str(pid))


def _candidates() -> Iterator[tuple[int, str]]:
    """Version and folder of the groups that we are in, version 2 first."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            ours = [line.rstrip("\n").split(":", 2) for line in file]
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            mounts = [line.split() for line in file]
    except OSError:
        return
    for _, controllers, path in sorted(ours, key=lambda one: one[1] != ""):
        for mount in mounts:
            dash = mount.index("-")
            kind, point, options = mount[dash + 1], mount[4], mount[-1].split(",")
            if controllers == "" and kind == "cgroup2":
                yield 2, point + path
            elif kind == "cgroup" and any(one in V1_CONTROLLERS and one in options for one in controllers.split(",")):
                yield 1, point + path
