"""Processes of Linux straight from `/proc/PID/stat`: one small file each, no object per process, no second look."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePosixPath
from threading import Thread

from backend.services.system.readings import Description, Reading

STATUS = {
    "R": "running", "S": "sleeping", "D": "disk-sleep", "T": "stopped", "t": "tracing-stop", "Z": "zombie",
    "X": "dead", "x": "dead", "K": "wake-kill", "W": "waking", "I": "idle", "P": "parked",
}  # fmt: skip
NAME_LIMIT = 15  # what the kernel keeps of a name


class ProcfsProcesses:
    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._ticks = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        self._knows_newest = _tells_at_once(proc)
        self._newest = b""
        self._complete = False
        self._pids: list[int] = []

    def read(self) -> dict[int, Reading]:
        return self.read_some(self.pids())

    def pids(self) -> list[int]:
        """Listed anew only where a number has been given out: for each that it lists the kernel makes an inode. Then it
        is listed twice, since whoever got the number may not have been there yet."""
        newest = _newest(self._proc) if self._knows_newest else b""
        known = bool(newest) and newest == self._newest
        if not (known and self._complete):
            self._pids = [int(name) for name in os.listdir(self._proc) if name.isdigit()]  # noqa: PTH208
            self._newest, self._complete = newest, known
        return self._pids

    def read_some(self, pids: Iterable[int]) -> dict[int, Reading]:
        return {pid: reading for pid in pids if (reading := self._one(pid)) is not None}

    def _one(self, pid: int) -> Reading | None:
        line = _contents(f"{self._proc}/{pid}/stat", 4096)
        opening, closing = line.find(b"("), line.rfind(b")")
        fields = line[closing + 2 :].split(None, 26)
        if closing < 0 or len(fields) < 26:
            return None
        return Reading(
            pid=pid,
            parent=int(fields[1]),
            started=self._boot + int(fields[19]) / self._ticks,
            name=line[opening + 1 : closing].decode("utf-8", "replace"),
            status=STATUS.get(chr(fields[0][0]), "unknown"),
            cpu_seconds=(int(fields[11]) + int(fields[12])) / self._ticks,
            memory_bytes=int(fields[21]) * self._page,
            program=fields[25],  # where its stack begins: random, and drawn anew by every exec
        )

    def describe(self, reading: Reading) -> Description:
        folder = f"{self._proc}/{reading.pid}"
        arguments = [part.decode("utf-8", "replace") for part in _contents(f"{folder}/cmdline").split(b"\0") if part]
        return Description(_whole_name(reading.name, arguments), _owner(folder), " ".join(arguments) or None)


def _tells_at_once(proc: str) -> bool:
    """Whether `_newest` is of now: what only looks like Linux, as some sandboxes and containers do, has it later or
    never."""
    before = _newest(proc)
    thread = Thread(target=int)
    thread.start()
    thread.join()
    return _newest(proc) != before


def _newest(proc: str) -> bytes:
    """The last number that a process or a thread got."""
    return _contents(f"{proc}/loadavg").rpartition(b" ")[2]


def _contents(path: str, most: int = 1 << 16) -> bytes:
    """At most so many bytes; empty for a process that has gone or that this user may not read."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, most)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _whole_name(name: str, arguments: list[str]) -> str:
    if len(name) >= NAME_LIMIT and arguments:
        program = PurePosixPath(arguments[0]).name
        if program.startswith(name):
            return program
    return name


def _owner(folder: str) -> str | None:
    try:
        return _username(os.stat(folder).st_uid)  # noqa: PTH116
    except OSError:
        return None


@lru_cache(maxsize=256)
def _username(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
