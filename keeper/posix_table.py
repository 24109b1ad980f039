"""Who lives: one walk over all processes, by procfs on Linux and by `ps` elsewhere (posix_ps.py)."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from keeper.protocol import MARK


@dataclass(frozen=True)
class Seen:
    """One process. `session` is its session's id where the OS tells it, else its process group."""

    pid: int
    parent: int
    session: int
    start: str
    zombie: bool


class ProcessTable(Protocol):
    def walk(self) -> dict[int, Seen]:
        """Raises OSError where the system does not answer now."""

    def start_of(self, pid: int) -> str | None:
        """When the process started, in the form of `Seen.start`; None when it is gone."""

    def marks(self, pids: list[int]) -> Mapping[int, str]:
        """The tree id that each process carries in its environment, where that can be read."""

    def pipes(self, pids: list[int]) -> Mapping[int, set[int]]:
        """The inodes of the pipes that each process has as its output; empty where the OS does not tell."""

    def boot(self) -> str: ...


class ProcFs:
    """Linux. Start times are clock ticks since boot: they do not move when the wall clock does."""

    def walk(self) -> dict[int, Seen]:
        found = {}
        for name in os.listdir("/proc"):
            if name.isdigit() and (seen := read_stat(int(name))) is not None:
                found[seen.pid] = seen
        return found

    def start_of(self, pid: int) -> str | None:
        seen = read_stat(pid)
        return None if seen is None else seen.start

    def marks(self, pids: list[int]) -> Mapping[int, str]:
        wanted = f"{MARK}=".encode()
        found = {}
        for pid in pids:
            try:
                entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            except OSError:
                continue
            for entry in entries:
                if entry.startswith(wanted):
                    found[pid] = os.fsdecode(entry[len(wanted) :])
        return found

    def pipes(self, pids: list[int]) -> Mapping[int, set[int]]:
        found: dict[int, set[int]] = {}
        for pid in pids:
            for descriptor in (1, 2):
                try:
                    target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
                except OSError:
                    continue
                if target.startswith("pipe:["):
                    found.setdefault(pid, set()).add(int(target[6:-1]))
        return found

    def boot(self) -> str:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def read_stat(pid: int) -> Seen | None:
    """One process, from procfs; None when it is gone."""
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        data = os.read(fd, 4096)  # all of it: the name is short and the rest are numbers
    except OSError:
        return None
    finally:
        os.close(fd)
    fields = data[data.rindex(b")") + 2 :].split()  # the name before may hold anything
    return Seen(pid, int(fields[1]), int(fields[3]), fields[19].decode(), fields[0] in b"ZX")


def lineage(pid: int) -> list[int]:
    """The process and all that descend from it, without a walk over all others (Linux)."""
    found = [pid]
    for one in found:
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children", encoding="ascii") as file:
                    found.extend(int(child) for child in file.read().split())
    return found


def family(pid: int, start: str) -> list[tuple[int, str]]:
    """Pid and start of the process that started then, and of all that descend from it (Linux)."""
    found: dict[int, str] = {}
    for one in lineage(pid):
        seen = read_stat(one)
        if seen is not None and (seen.parent in found or (one == pid and seen.start == start)):
            found[one] = seen.start
    return list(found.items())


def native_table() -> ProcessTable:
    if sys.platform == "linux":
        return ProcFs()
    from keeper.posix_ps import Ps

    return Ps()


def own_peak() -> int:
    """Bytes that this process itself has had at most. Its usage on Linux counts what it was started from as well."""
    if sys.platform == "linux":
        with open("/proc/self/status", "rb") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(b"VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
