"""The files of one log: their names, their order, and the index from which lines get their times.

    comfyui.log                         live
    comfyui.00000000000010000000.log    sealed, holds the bytes from 10,000,000 on
    comfyui.00000000000000000000.log.gz sealed and compressed (archive.py)
    comfyui.index                       pairs (absolute offset, epoch ms), at most one a second, 16 bytes each

An empty sealed segment says where the live file begins when the files before it are gone.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from keeper.archive import SUFFIX, table_of

INDEX_ENTRY = struct.Struct("<QQ")
_SEALED = re.compile(r"\.(\d{20})\.log(\.gz)?")
_COMING, _COPIED, _PACKED = ".next", ".part", ".packing"
_INDEX_LIMIT = 65_536 * INDEX_ENTRY.size


@dataclass(frozen=True)
class Sealed:
    """A sealed segment: `size` bytes of output from the absolute offset `start` on, `on_disk` bytes of file."""

    start: int
    path: Path
    size: int
    on_disk: int
    modified: float  # epoch seconds; when its last byte was written

    @property
    def end(self) -> int:
        return self.start + self.size

    @property
    def packed(self) -> bool:
        return self.path.suffix == SUFFIX


def names_of(live: Path) -> list[str]:
    """Of the files of this log, the live one among them; others may begin so too."""
    beginning = f"{live.stem}."
    try:
        return [name for name in os.listdir(live.parent) if name.startswith(beginning)]
    except OSError:
        return []


def sealed_segments(live: Path, names: list[str] | None = None) -> list[Sealed]:
    """Oldest first. One that is there both plain and compressed is taken plain; a damaged archive has the size that
    can be read of it. `names` are those that the folder has, where that is known."""
    found: dict[int, Sealed] = {}
    beginning = len(live.stem)
    for name in sorted(names_of(live) if names is None else names, reverse=True):  # an archive before its plain name
        if match := _SEALED.fullmatch(name, beginning):
            path = live.parent / name
            try:
                seen = path.stat()
                size = table_of(path, seen).size if match[2] else seen.st_size
            except OSError:
                continue
            found[int(match[1])] = Sealed(int(match[1]), path, size, seen.st_size, seen.st_mtime)
    return [found[start] for start in sorted(found)]


def sealed_path(live: Path, start: int) -> Path:
    return live.with_name(f"{live.stem}.{start:020d}.log")


def coming_path(live: Path) -> Path:
    """A live file on its way to its name."""
    return live.with_name(live.stem + _COMING)


def copied_path(live: Path) -> Path:
    """A copy of a full live file that has not got its name yet."""
    return live.with_name(live.stem + _COPIED)


def packed_path(live: Path) -> Path:
    """An archive in the making."""
    return live.with_name(live.stem + _PACKED)


def begun(live: Path, names: list[str]) -> list[Path]:
    """Those among the files that are worth nothing once nobody is at them."""
    return [live.with_name(live.stem + ending) for ending in (_COMING, _PACKED) if live.stem + ending in names]


def copied(live: Path, names: list[str]) -> bool:
    return live.stem + _COPIED in names


def index_path(live: Path) -> Path:
    return live.with_name(f"{live.stem}.index")


class Index:
    """Times are a comfort, the bytes matter: what the disk refuses here is let go."""

    def __init__(self, live: Path) -> None:
        self._live = live
        self._noted = 0.0

    @cached_property
    def _path(self) -> Path:
        return index_path(self._live)

    def note(self, offset: int, now: float) -> None:
        """The byte at `offset` came at `now` (epoch seconds); written down at most once a second."""
        if 0.0 <= now - self._noted < 1.0:
            return
        self._noted = now
        try:
            with open(self._path, "ab") as file:
                file.write(INDEX_ENTRY.pack(offset, int(now * 1000)))
        except OSError:
            return

    def time_of(self, offset: int) -> float | None:
        """When the byte at `offset` came (epoch seconds), as near as is known."""
        known = None
        try:
            for at, moment in INDEX_ENTRY.iter_unpack(self._read()):
                if at > offset:
                    break
                known = moment / 1000
        except (OSError, struct.error):
            return None
        return known

    def shorten(self, oldest: int) -> None:
        """When it has grown long: drops what points before the oldest byte kept, and the older half if need be."""
        try:
            if self._path.stat().st_size <= _INDEX_LIMIT:
                return
            kept = b"".join(INDEX_ENTRY.pack(*one) for one in INDEX_ENTRY.iter_unpack(self._read()) if one[0] >= oldest)
            fresh = self._path.with_suffix(".index.new")
            fresh.write_bytes(kept[-_INDEX_LIMIT // 2 :])
            os.replace(fresh, self._path)
        except OSError:
            return

    def again(self) -> None:
        """The next byte is noted whenever the last was."""
        self._noted = 0.0

    def begin_anew(self) -> None:
        self.again()
        self._path.unlink(missing_ok=True)

    def _read(self) -> bytes:
        data = self._path.read_bytes()
        return data[: len(data) - len(data) % INDEX_ENTRY.size]


def open_for_writing(path: Path) -> int:
    """Not in append mode: splice refuses such files. The caller moves to the end."""
    if sys.platform == "win32":
        from keeper.windows_files import open_shared

        return open_shared(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def give_name(part: Path, name: Path) -> None:
    """A scanner may hold a file that was just written for a moment."""
    for _ in range(50):
        try:
            os.replace(part, name)
            return
        except OSError:
            time.sleep(0.02)
    shutil.copyfile(part, name)
