"""Which process holds a socket, on Linux: by the descriptors under `/proc`, walked once and then remembered by inode.

A walk happens only when a socket turns up that was never looked for, or when a remembered holder no longer holds: on
every call each process is asked about one of its sockets, in turn, so that cost grows with processes, not with sockets.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import NamedTuple

import psutil


class Holder(NamedTuple):
    pid: int
    name: str | None
    link: str


class Holders:
    """Not for several threads at once: the caller takes turns."""

    def __init__(self) -> None:
        self._known: dict[int, Holder | None] = {}
        self._calls = 0

    def of(self, wanted: Collection[int], present: Collection[int]) -> Mapping[int, Holder]:
        """The holder of each wanted inode, where this user may see one; of several, the process that started first.

        `present` are all inodes there are: what is not among them is forgotten, and one walk finds the holders of all.
        Inode 0 is a socket of the kernel itself, which nobody holds.
        """
        if all(inode in self._known for inode in wanted if inode) and self._still_held(wanted):
            self._known = {inode: holder for inode, holder in self._known.items() if inode in present}
        else:
            self._known = _walk(present)
        return {inode: holder for inode in wanted if (holder := self._known.get(inode))}

    def _still_held(self, wanted: Collection[int]) -> bool:
        self._calls += 1
        sockets: dict[int, list[tuple[Holder, int]]] = {}
        for inode in wanted:
            if holder := self._known.get(inode):
                sockets.setdefault(holder.pid, []).append((holder, inode))
        return all(_holds(*held[self._calls % len(held)]) for held in sockets.values())


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
        folder = f"/proc/{pid}/fd/"
        for descriptor in _descriptors(folder):
            try:
                inode = wanted.get(os.readlink(folder + descriptor))  # noqa: PTH115 - as above
            except OSError:
                continue
            if inode is not None:
                links.setdefault(inode, {}).setdefault(int(pid), folder + descriptor)
    names: dict[int, str | None] = {}
    return {inode: _first_started(links[inode], names) if inode in links else None for inode in inodes}


def _descriptors(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []


def _first_started(links: Mapping[int, str], names: dict[int, str | None]) -> Holder:
    """`links` are its descriptors by pid; `names` remembers what was asked during this walk."""
    pid = next(iter(links)) if len(links) == 1 else min(links, key=_started)
    if pid not in names:
        names[pid] = process_name(pid)
    return Holder(pid, names[pid], links[pid])


def _started(pid: int) -> tuple[float, int]:
    try:
        return psutil.Process(pid).create_time(), pid
    except psutil.Error:
        return float("inf"), pid


def process_name(pid: int) -> str | None:
    try:
        return psutil.Process(pid).name() or None
    except psutil.Error:
        return None
