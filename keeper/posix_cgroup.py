"""A control group for each tree, where this user may make one: what belongs to a tree then cannot deny it.

Version 2 where the keeper's own group is delegated to the user (a desktop's systemd does that), else version 1.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

log = logging.getLogger("keeper")

V1_CONTROLLERS = ("pids", "freezer", "cpuacct")  # any that limits nothing by being there


class ControlGroups:
    """`home` is the group that we are in, `base` one of our own below it; each tree has one there, named by its id."""

    def __init__(self, home: str, base: str, version: int) -> None:
        self.version = version
        self._home = home
        self._base = base

    @classmethod
    def open(cls, name: str) -> ControlGroups | None:
        """None where no group can be made."""
        for version, folder in _candidates():
            base = os.path.join(folder, f"control-center-{name}")
            try:
                os.makedirs(base, exist_ok=True)
                probe = os.path.join(base, "probe")
                os.makedirs(probe, exist_ok=True)
                _move_into(probe)
                _move_into(folder)
                os.rmdir(probe)
                return cls(folder, base, version)
            except OSError:
                continue
        return None

    @contextmanager
    def born_in(self, tree: str) -> Iterator[None]:
        """What is started meanwhile is born in the tree's group. To move it there afterwards would be too late: it may
        have started something itself. Where the group cannot be had, other ways of finding members remain."""
        folder = os.path.join(self._base, tree)
        try:
            os.mkdir(folder)
            _move_into(folder)
        except OSError as error:
            log.info("no control group for %s: %s", tree, error)
            yield
            return
        try:
            yield
        finally:
            try:
                _move_into(self._home)
            except OSError as error:  # we stay where we are, and never count ourselves among a tree's members
                log.error("no way back from the control group of %s: %s", tree, error)

    def pids(self, tree: str) -> list[int]:
        try:
            with open(os.path.join(self._base, tree, "cgroup.procs"), encoding="ascii") as file:
                return [int(line) for line in file if int(line) != os.getpid()]
        except OSError:
            return []

    def left(self) -> dict[int, str]:
        """Who lives in groups of any tree, those of an earlier keeper included; empty groups go."""
        found: dict[int, str] = {}
        for tree in self._trees():
            found.update((pid, tree) for pid in self.pids(tree))
            self.remove(tree)
        return found

    def remove(self, tree: str) -> None:
        with suppress(OSError):  # somebody lives there, or it was never made
            os.rmdir(os.path.join(self._base, tree))

    def close(self) -> None:
        """Groups of trees that have just ended stay busy for a moment, until the system is done with the dead."""
        for _ in range(50):
            for tree in self._trees():
                self.remove(tree)
            if not self._trees():
                break
            time.sleep(0.01)
        with suppress(OSError):
            os.rmdir(self._base)

    def _trees(self) -> list[str]:
        try:
            return [entry.name for entry in os.scandir(self._base) if entry.is_dir()]
        except OSError:
            return []


def _move_into(folder: str) -> None:
    with open(os.path.join(folder, "cgroup.procs"), "w", encoding="ascii") as file:
        file.write("0")  # whoever writes it


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
