"""The keeper's own log. The library's handlers that rotate bring along what a small process need not hold for long."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

LIMIT = 1_000_000  # bytes, and as much again in what was before


class OwnLog(logging.FileHandler):
    """Made with the first line. What is full becomes `keeper.log.1`, in place of the one before."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._make_room()
        except OSError:  # the disk is full
            self.handleError(record)
        else:
            super().emit(record)

    def _make_room(self) -> None:
        full = self.stream
        if full is None or full.tell() <= LIMIT:
            return
        self.stream = None  # opened again for the next line
        full.close()
        with suppress(OSError):  # somebody reads it on Windows: it grows on, and the next line tries again
            os.replace(self.baseFilename, f"{self.baseFilename}.1")
