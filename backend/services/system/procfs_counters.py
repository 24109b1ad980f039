"""Linux's counters straight from `/proc`: each file is read once, and of its text only what is told is made a number.

psutil reads the same files, some of them twice, and makes an object of all that is in them: that takes three times as
long.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial

from backend.services.system.counters import Core, gib, percent
from backend.services.system.figures import Memory, Swap
from backend.services.system.traffic import DriveTraffic, Traffic, is_loopback

SECTOR = 512  # bytes, in the kernel's counters of every drive
_NO_DRIVES = (b"loop", b"ram", b"zram")


class ProcfsCounters:
    """Which of the names are whole drives is looked up once for each."""

    def __init__(self, proc: str = "/proc", sys_block: str = "/sys/block") -> None:
        self._proc = proc
        self._sys_block = sys_block
        self._whole: dict[str, bool] = {}

    def cores(self) -> tuple[Core, ...]:
        return tuple(_cores(self._text("stat").splitlines()))

    def memory(self) -> tuple[Memory, Swap | None]:
        text = b"\n" + self._text("meminfo")
        total, available = _size(text, b"MemTotal"), _size(text, b"MemAvailable")
        if not total:
            raise RuntimeError(f"{self._proc}/meminfo does not say how much memory there is")
        if not 0 < available <= total:  # not told, or that of a container's host
            available = min(sum(_size(text, name) for name in (b"MemFree", b"Buffers", b"Cached")), total)
        used = total - available
        memory = Memory(total, available, used, percent(used, total), gib(total), gib(used), gib(available))
        return memory, _swap(text)

    def interfaces(self) -> dict[str, Traffic]:
        found = {}
        for line in self._text("net/dev").splitlines()[2:]:
            name, _, counts = line.rpartition(b":")
            fields = counts.split(None, 9)
            found[_name(name.strip())] = Traffic(int(fields[0]), int(fields[8]))
        return {name: passed for name, passed in found.items() if not is_loopback(name)}

    def drives(self) -> DriveTraffic:
        parts = {}
        for line in self._text("diskstats").splitlines():
            fields = line.split(None, 10)
            if not fields[2].startswith(_NO_DRIVES):
                parts[_name(fields[2])] = Traffic(int(fields[5]) * SECTOR, int(fields[9]) * SECTOR)
        return DriveTraffic({name: passed for name, passed in parts.items() if self._is_whole(name)}, parts)

    def _is_whole(self, name: str) -> bool:
        if name not in self._whole:
            self._whole[name] = os.path.exists(f"{self._sys_block}/{name.replace('/', '!')}")  # noqa: PTH110
        return self._whole[name]

    def _text(self, file: str) -> bytes:
        descriptor = os.open(f"{self._proc}/{file}", os.O_RDONLY)
        try:
            return b"".join(iter(partial(os.read, descriptor, 1 << 16), b""))  # long ones come in pages
        finally:
            os.close(descriptor)


def _cores(lines: Iterable[bytes]) -> Iterator[Core]:
    """Guests' time is counted as their host's too, and a core that waits for a disk is idle."""
    for line in lines:
        if not line.startswith(b"cpu"):
            return
        name, *times = line.split(None, 9)[:9]
        if name != b"cpu":
            counted = [int(time) for time in times]
            total = sum(counted)
            yield Core(total - sum(counted[3:5]), total)


def _size(text: bytes, name: bytes) -> int:
    """Bytes; 0 where it is not told."""
    _, found, rest = text.partition(b"\n" + name + b":")
    return int(rest[:32].split(None, 1)[0]) * 1024 if found else 0


def _swap(text: bytes) -> Swap | None:
    total = _size(text, b"SwapTotal")
    used = total - _size(text, b"SwapFree")
    return Swap(total, used, percent(used, total)) if total else None


def _name(name: bytes) -> str:
    return name.decode("utf-8", "replace")
