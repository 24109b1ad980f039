"""Where a live file is, and whether it still is: people delete and move what they see."""

from __future__ import annotations

import os
from pathlib import Path

LOOK = 0.25  # seconds between looks at what a path leads to


class Place:
    """What the path led to when `remember` was called last."""

    def __init__(self, live: Path) -> None:
        self._live = live
        self._file: tuple[int, int] | None = None
        self._folder = 0
        self._looked = 0.0

    def due(self, now: float) -> bool:
        """Whether it is time to look again, which counts as looked; `now` is monotonic."""
        if now - self._looked < LOOK:
            return False
        self._looked = now
        return True

    def remember(self) -> None:
        try:
            seen = os.stat(self._live)
            self._file = seen.st_ino, seen.st_dev
            self._folder = os.stat(self._live.parent).st_mtime_ns
        except OSError:
            self._file = None

    def is_lost(self) -> bool:
        """Whether the path leads to nothing, or to another file. OSError when it cannot be seen."""
        try:
            seen = os.stat(self._live)
        except (FileNotFoundError, NotADirectoryError):
            return True
        return (seen.st_ino, seen.st_dev) != self._file

    def folder_changed(self) -> bool:
        """Whether a file came or went since this was asked last. OSError."""
        changed = os.stat(self._live.parent).st_mtime_ns
        if changed == self._folder:
            return False
        self._folder = changed
        return True
