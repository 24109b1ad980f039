"""What cards are called, by the list of PCI devices that most systems have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

LISTS = (Path("/usr/share/hwdata/pci.ids"), Path("/usr/share/misc/pci.ids"))


class PciNames:
    """A name is looked up once."""

    def __init__(self, lists: Sequence[Path] = LISTS) -> None:
        self._lists = lists
        self._known: dict[tuple[str, str], str | None] = {}

    def of(self, vendor: str, device: str) -> str | None:
        """Of four hexadecimal digits each."""
        wanted = vendor.lower(), device.lower()
        if wanted not in self._known:
            self._known[wanted] = self._look_up(*wanted)
        return self._known[wanted]

    def _look_up(self, vendor: str, device: str) -> str | None:
        for path in self._lists:
            try:
                with path.open(encoding="utf-8", errors="replace") as lines:
                    return _in(lines, vendor, device)
            except OSError:
                continue
        return None


def _in(lines: Iterable[str], vendor: str, device: str) -> str | None:
    """Makers stand at the beginning of a line, their devices one tab in. In brackets is what the shop calls it."""
    of_this = False
    for line in lines:
        if not line.startswith(("\t", "#", "\n")):
            of_this = line.startswith(vendor)
        elif of_this and line.startswith(f"\t{device} "):
            name = line[5:].strip()
            return found[1] if (found := re.search(r"\[(.+)\]$", name)) else name
    return None
