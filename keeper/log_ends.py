"""Remembers how far each log has come, so that one whose files were all deleted never uses an offset again.

While a log is there its own files tell; this is asked only when nothing of it is left. One small file a log, in the
keeper's data folder. What the disk refuses is let go: then a deleted log begins at 0.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | _FLAGS


class LogEnds:
    """`folder` is made when it is needed; the one above it must be there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, live: Path) -> int:
        """No byte of this log has had an offset from here on; 0 for an unknown log."""
        try:
            fd = os.open(self._file(live), os.O_RDONLY | _FLAGS)
        except OSError:
            return 0
        try:
            return int(os.read(fd, 21))
        except (OSError, ValueError):
            return 0
        finally:
            os.close(fd)

    def note(self, live: Path, end: int) -> None:
        try:
            self._write(live, b"%020d %s\n" % (end, os.fsencode(live)))
        except OSError:
            return

    def _write(self, live: Path, words: bytes) -> None:
        """Over what is there: its length is always the same, and a file that is emptied and written anew is flushed to
        the disk by some file systems, which takes milliseconds."""
        try:
            fd = os.open(self._file(live), _WRITE, 0o600)
        except FileNotFoundError:
            os.mkdir(self._folder, 0o700)
            fd = os.open(self._file(live), _WRITE, 0o600)
        try:
            os.write(fd, words)
        finally:
            os.close(fd)

    def _file(self, live: Path) -> str:
        return os.path.join(self._folder, hashlib.sha256(os.fsencode(live)).hexdigest()[:16])
