"""Which process holds a socket, on Linux: by the descriptors under `/proc`, walked once and then remembered by inode.

A walk happens only when a socket turns up that was never looked for, or when a remembered holder no longer holds: on
every call each process is asked about one of its sockets, in turn, so that cost grows with processes, not with sockets.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Set
from typing import NamedTuple

import psutil

CUT = 15  # characters of a name that the kernel keeps


class Holder(NamedTuple):
    pid: int
    name: str | None
    link: str


class Holders:
    """Not for several threads at once: the caller takes turns."""

    def __init__(self) -> None:
        self._known: dict[int, Holder | None] = {}
        self._wanted: Set[int] = frozenset()
        self._found: dict[int, Holder] = {}
        self._sockets: list[list[tuple[Holder, int]]] = []  # those of `_found` by process
        self._calls = 0

    def of(self, wanted: Set[int], present: Set[int]) -> Mapping[int, Holder]:
        """The holder of each wanted inode, where this user may see one; of several, the process that started first.

        `present` are all inodes there are: what is not among them is forgotten, and one walk finds the holders of all.
        Inode 0 is a socket of the kernel itself, which nobody holds. Where all is as it was, it is the same mapping.
        """
        if not self._known.keys() <= present:
            self._known = {inode: holder for inode, holder in self._known.items() if inode in present}
        if wanted != self._wanted:
            self._want(wanted)
        if not (wanted - {0} <= self._known.keys() and self._still_held()):
            self._known = _walk(present)
            self._want(wanted)
        return self._found

    def _want(self, wanted: Set[int]) -> None:
        self._wanted = wanted
        self._found = {inode: holder for inode in wanted if (holder := self._known.get(inode))}
        sockets: dict[int, list[tuple[Holder, int]]] = {}
        for inode, holder in self._found.items():
            sockets.setdefault(holder.pid, []).append((holder, inode))
        self._sockets = list(sockets.values())

    def _still_held(self) -> bool:
        self._calls += 1
        return all(_holds(*held[self._calls % len(held)]) for held in self._sockets)


def _holds(holder: Holder, inode: int) -> bool:
    try:
        return os.readlink(holder.link) == f"socket:[{inode}]"  # noqa: PTH115
    except OSError:
        return False


def _walk(inodes: Collection[int]) -> dict[int, Holder | None]:
    """Every inode, with None where no holder can be seen: those are not looked for again until a new one comes."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    links: dict[int, dict[int, str]] = {}
    for pid in os.listdir("/proc"):  # noqa: PTH208 - a thousand Path objects cost more than the listing
        if not pid.isdigit():
            continue
        for inode, link in _held(f"/proc/{pid}/fd", wanted).items():
            links.setdefault(inode, {})[int(pid)] = link
    names: dict[int, str | None] = {}
    return {inode: _first_started(links[inode], names) if inode in links else None for inode in inodes}


def _held(folder: str, wanted: Mapping[str, int]) -> dict[int, str]:
    """A descriptor by each inode that is wanted. Read of an open folder, for to find the process anew for each of its
    descriptors takes the kernel a third longer."""
    found: dict[int, str] = {}
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return found
    try:
        for descriptor in os.listdir(opened):  # noqa: PTH208
            try:
                inode = wanted.get(os.readlink(descriptor, dir_fd=opened))
            except OSError:
                continue
            if inode is not None:
                found[inode] = f"{folder}/{descriptor}"
    except OSError:
        pass  # it has ended
    finally:
        os.close(opened)
    return found


def _first_started(links: Mapping[int, str], names: dict[int, str | None]) -> Holder:
    """`links` are its descriptors by pid; `names` remembers what was asked during this walk."""
    pid = next(iter(links)) if len(links) == 1 else min(links, key=_started)
    if pid not in names:
        names[pid] = _name(pid)
    return Holder(pid, names[pid], links[pid])


def _started(pid: int) -> tuple[float, int]:
    try:
        return psutil.Process(pid).create_time(), pid
    except psutil.Error:
        return float("inf"), pid


def _name(pid: int) -> str | None:
    try:
        with open(f"/proc/{pid}/comm", "rb", buffering=0) as file:  # noqa: PTH123
            name = os.fsdecode(file.read().removesuffix(b"\n"))
    except OSError:
        return None
    return process_name(pid) if len(name) >= CUT else name or None


def process_name(pid: int) -> str | None:
    try:
        return psutil.Process(pid).name() or None
    except psutil.Error:
        return None
