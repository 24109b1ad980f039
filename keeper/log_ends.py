"""Remembers how far each log has come, so that one whose files were all deleted never uses an offset again.

While a log is there its own files tell; this is asked only when nothing of it is left. One small file a log, in the
keeper's data folder. What the disk refuses is let go: then a deleted log begins at 0.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class LogEnds:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, live: Path) -> int:
        """No byte of this log has had an offset from here on; 0 for an unknown log."""
        try:
            return int(self._file(live).read_bytes().split(maxsplit=1)[0])
        except (OSError, ValueError, IndexError):
            return 0

    def note(self, live: Path, end: int) -> None:
        try:
            self._folder.mkdir(exist_ok=True)
            self._file(live).write_bytes(b"%d %s\n" % (end, os.fsencode(live)))
        except OSError:
            return

    def _file(self, live: Path) -> Path:
        return self._folder / hashlib.sha256(os.fsencode(live)).hexdigest()[:16]
