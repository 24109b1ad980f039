"""The definitions file as bytes: read with its encoding and mark, written whole or not at all.

Whatever was written to the file since it was read is never overwritten: the bytes are compared right before the new
ones take their place.
"""

from __future__ import annotations

import codecs
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from backend.services.definitions.source import decode, read_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ATTEMPTS, _PAUSE = 20, 0.05  # an editor or a virus scanner of Windows has the file open for a moment


class Overtaken(Exception):
    """Somebody wrote the file between reading and writing."""


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What was read: `data` is None where there was no file. `text` keeps its line breaks."""

    path: Path
    data: bytes | None
    text: str

    @classmethod
    def read(cls, path: Path) -> OnDisk:
        """Raises `OSError`, and `Unreadable` for what is no text."""
        try:
            data = read_bytes(path)
        except FileNotFoundError:
            return cls(path, None, "")
        return cls(path, data, decode(data))

    def write(self, text: str) -> None:
        """Puts `text` in the file's place, in its encoding. Raises `Overtaken`, `OSError`; nothing has changed then.

        A symbolic link stays one: what it leads to is replaced. The file keeps its mode.
        """
        mark, encoding = next(
            ((mark, name) for mark, name in _MARKS if (self.data or b"").startswith(mark)), (b"", "utf-8")
        )
        target = Path(os.path.realpath(self.path))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".new")
        half = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(mark + text.encode(encoding))
                file.flush()
                os.fsync(file.fileno())
            half.chmod(_mode(target))
            self._take_place(half, target)
        except BaseException:
            half.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def _take_place(self, half: Path, target: Path) -> None:
        for attempt in range(_ATTEMPTS):
            if self._now() != self.data:
                raise Overtaken
            try:
                half.replace(target)
            except PermissionError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _now(self) -> bytes | None:
        try:
            return read_bytes(self.path)
        except FileNotFoundError:
            return None


def _mode(target: Path) -> int:
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        return 0o644


def _sync_folder(folder: Path) -> None:
    """So that the new name outlives a loss of power; where folders cannot be opened, nothing more can be done."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some file systems have no such thing for folders
    finally:
        os.close(handle)
