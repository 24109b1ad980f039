"""What processes have of a GPU's memory, by what the kernel tells of the files that they hold open
(`/proc/PID/fdinfo`, `drm-…` in it).

A client of a GPU can be open several times, in several processes too: what it has counts once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from backend.services.system.gpu.card import first

_UNITS = {"": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_LINE = re.compile(r"drm-(?P<key>[a-z0-9-]+):\s*(?P<value>.*)")
_ON_THE_CARD = re.compile(r"(resident|memory|total)-((?:vram|local)\d*)")


class Clients:
    """`proc` is `/proc`, or a recording of it."""

    def __init__(self, proc: Path) -> None:
        self._proc = proc

    def of(self, pids: Iterable[int]) -> dict[str, dict[int, int | None]]:
        """Bytes by pid by slot (`0000:03:00.0`); None where the driver does not tell them."""
        counted: set[tuple[str, str]] = set()
        found: dict[str, dict[int, int | None]] = {}
        for pid in sorted(pids):
            for told in self._open_files(pid):
                slot, client = told.get("pdev"), told.get("client-id")
                if slot is None or client is None or (slot, client) in counted:
                    continue
                counted.add((slot, client))
                users = found.setdefault(slot, {})
                users[pid] = _sum(users.get(pid), memory_of(told))
        return found

    def _open_files(self, pid: int) -> Iterator[dict[str, str]]:
        folder = self._proc / str(pid)
        try:
            files = list((folder / "fd").iterdir())
        except OSError:  # it has ended, or is another user's
            return
        for file in files:
            try:
                if str(file.readlink()).startswith("/dev/dri/"):
                    yield parse((folder / "fdinfo" / file.name).read_text())
            except OSError:  # closed meanwhile
                continue


def parse(text: str) -> dict[str, str]:
    """The `drm-` lines, without that."""
    return {found["key"]: found["value"].strip() for line in text.splitlines() if (found := _LINE.fullmatch(line))}


def memory_of(told: dict[str, str]) -> int | None:
    """Bytes on the card itself. Drivers tell what is there now, by one of two names, or only what was asked for."""
    regions: dict[str, dict[str, int]] = {}
    for key, value in told.items():
        if (found := _ON_THE_CARD.fullmatch(key)) and (size := _bytes(value)) is not None:
            regions.setdefault(found[2], {})[found[1]] = size
    sizes = [first(one.get("resident"), one.get("memory"), one.get("total")) or 0 for one in regions.values()]
    return sum(sizes) if sizes else None


def _bytes(value: str) -> int | None:
    count, _, unit = value.partition(" ")
    return int(count) * _UNITS[unit] if count.isdigit() and unit in _UNITS else None


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)
