"""The files that one log lies in, as the keeper names them (`keeper/log_files.py`), plain and compressed.

Every look opens, reads and closes: a reader that holds a file open would keep Windows from sealing it. What of an
archive cannot be unpacked is a gap.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keeper.archive import SUFFIX, Damaged, Table, table_of

BLOCK = 1 << 16


@dataclass(frozen=True)
class Segment:
    """Bytes [start, end) of a log. `fd` is that of the live file, so that a rotation meanwhile changes nothing."""

    start: int
    size: int
    path: Path
    table: Table | None = None
    fd: int | None = None

    @property
    def end(self) -> int:
        return self.start + self.size

    def read(self, offset: int, limit: int) -> bytes:
        """At most `limit` bytes from an absolute offset; none when the file was pruned since the folder was read, or is
        damaged there."""
        at = offset - self.start
        try:
            if self.fd is not None:
                os.lseek(self.fd, at, os.SEEK_SET)
                return os.read(self.fd, limit)
            if self.table is not None:
                return self.table.read(self.path, at, limit)
            with self.path.open("rb", buffering=0) as file:
                file.seek(at)
                return file.read(limit)
        except OSError:
            return b""

    def past_damage(self, offset: int) -> int:
        """The next offset from which something may be read again; the same where nothing is damaged."""
        if self.table is None:
            return offset
        try:
            self.table.read(self.path, offset - self.start, 1)
        except Damaged:
            return self.start + self.table.block_end(offset - self.start)
        except OSError:
            pass  # pruned
        return offset

    def block_before(self, end: int) -> int:
        """Where a step backwards from `end` begins: a compressed block is unpacked once, and not once for each step."""
        if self.table is None:
            return max(self.start, end - BLOCK)
        return self.start + (end - self.start - 1) // self.table.block * self.table.block


class Files:
    """`live` is the file that the person knows."""

    def __init__(self, live: Path) -> None:
        self._live = live
        self._beginning = f"{live.stem}."
        self._sealed_name = re.compile(re.escape(live.stem) + r"\.(\d{20})\.log(\.gz)?")

    @contextmanager
    def segments(self) -> Iterator[list[Segment]]:
        """Sealed ones and the live one, as they belong together: taken anew when a rotation came between. Between two
        there may be bytes that are gone."""
        fd = self._open_live()
        try:
            sealed = self._sealed()
            while fd is not None and not self._is_live(fd):
                os.close(fd)
                fd = self._open_live()
                sealed = self._sealed()
            base = sealed[-1].end if sealed else 0
            live = [] if fd is None else [Segment(base, os.fstat(fd).st_size, self._live, fd=fd)]
            yield sealed + live
        finally:
            if fd is not None:
                os.close(fd)

    def _open_live(self) -> int | None:
        try:
            return os.open(self._live, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError:
            return None

    def _is_live(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.stat(self._live), os.fstat(fd))  # noqa: PTH116
        except OSError:
            return False

    def _sealed(self) -> list[Segment]:
        """Oldest first. What is there both plain and compressed is taken plain: its archive was just made."""
        found: dict[int, Segment] = {}
        for name in self._names():
            if match := self._sealed_name.fullmatch(name):
                path = self._live.with_name(name)
                try:
                    found[int(match[1])] = _segment(int(match[1]), path, packed=name.endswith(SUFFIX))
                except OSError:
                    continue  # pruned while we looked
        return [found[start] for start in sorted(found)]

    def _names(self) -> list[str]:
        """The plain name of a segment comes after that of its archive."""
        try:
            names = os.listdir(self._live.parent)  # noqa: PTH208
        except OSError:
            return []  # no folder yet
        return sorted((name for name in names if name.startswith(self._beginning)), reverse=True)


def _segment(start: int, path: Path, *, packed: bool) -> Segment:
    seen = path.stat()
    if not packed:
        return Segment(start, seen.st_size, path)
    table = table_of(path, seen)
    return Segment(start, table.size, path, table)
