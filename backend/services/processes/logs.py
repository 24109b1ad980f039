"""Reads the log of a process tree as one stream of bytes with absolute offsets, whatever files it lies in.

The keeper writes (`keeper/logs.py` says how the files are named); reading passes by it. A log is never read whole:
the end is found by walking back in blocks, the rest by offset. Every call opens, reads and closes: a reader that holds
a file open would keep Windows from sealing it.
"""

from __future__ import annotations

import os
import re
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 16
INDEX_ENTRY = struct.Struct("<QQ")  # absolute offset, epoch ms


@dataclass(frozen=True)
class Piece:
    """The bytes from `start` up to `end`; `gap` when bytes before `start` were asked for and are gone."""

    start: int
    data: bytes
    gap: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.data)


@dataclass(frozen=True)
class _Segment:
    start: int
    path: Path
    size: int
    fd: int | None = None  # of the live file, so that a rotation meanwhile changes nothing

    @property
    def end(self) -> int:
        return self.start + self.size

    def read(self, offset: int, size: int) -> bytes:
        """At an absolute offset; fewer bytes when the file was pruned since the folder was read."""
        try:
            if self.fd is not None:
                os.lseek(self.fd, offset - self.start, os.SEEK_SET)
                return os.read(self.fd, size)
            with self.path.open("rb", buffering=0) as file:
                file.seek(offset - self.start)
                return file.read(size)
        except OSError:
            return b""


class Log:
    """One log; `live` is the file that the person knows."""

    def __init__(self, live: Path) -> None:
        self.live = live
        self._sealed_name = re.compile(re.escape(live.stem) + r"\.(\d{20})\.log")

    def extent(self) -> tuple[int, int]:
        """Absolute offsets of the first byte kept and of the end."""
        with self._segments() as segments:
            return (segments[0].start, segments[-1].end) if segments else (0, 0)

    def read(self, start: int, limit: int = 1 << 20) -> Piece:
        """At most `limit` bytes from `start`, or from the first byte kept after it."""
        for _ in range(5):
            with self._segments() as segments:
                first, end = (segments[0].start, segments[-1].end) if segments else (0, 0)
                if start <= end:
                    begin = max(start, first)
                    return Piece(begin, b"".join(self._from(segments, begin, limit)), gap=begin > start)
            time.sleep(0.005)  # in the middle of a rotation the end may seem to lie further back
        return Piece(first, self.read(first, limit).data, gap=True)  # the log was deleted and begins anew

    def tail(self, lines: int, before: int | None = None, limit: int = 16 << 20) -> Piece:
        """The last `lines` lines before an offset (default: the end); at most `limit` bytes."""
        with self._segments() as segments:
            if not segments:
                return Piece(0, b"")
            end = segments[-1].end if before is None else max(segments[0].start, min(before, segments[-1].end))
            data = b""
            for block in self._backwards(segments, end):
                data = block + data
                if data.count(b"\n") > lines or len(data) >= limit:
                    break
        kept = _last_lines(data, lines)[-limit:]
        return Piece(end - len(kept), kept)

    def download(self) -> Iterator[bytes]:
        """All bytes that are kept when the call begins."""
        at, end = self.extent()
        while at < end:
            piece = self.read(at, min(1 << 20, end - at))
            if not piece.data:
                return
            yield piece.data
            at = piece.end

    def arrival(self, offset: int) -> datetime | None:
        """When the byte at `offset` was written, as near as the index tells (a second); None before the first entry."""
        known = [moment for at, moment in self.arrivals(offset, offset + 1) if at <= offset]
        return datetime.fromtimestamp(known[0] / 1000, UTC) if known else None

    def arrivals(self, start: int, end: int) -> list[tuple[int, int]]:
        """Index entries for the bytes [start, end): (absolute offset, epoch ms), first the one that covers `start`."""
        index = self.live.with_name(f"{self.live.stem}.index")
        try:
            with index.open("rb") as file:
                low, high = 0, file.seek(0, 2) // INDEX_ENTRY.size
                while low < high:
                    middle = (low + high) // 2
                    file.seek(middle * INDEX_ENTRY.size)
                    if INDEX_ENTRY.unpack(file.read(INDEX_ENTRY.size))[0] <= start:
                        low = middle + 1
                    else:
                        high = middle
                file.seek(max(0, low - 1) * INDEX_ENTRY.size)
                return list(_entries_before(file, end))
        except (OSError, struct.error):
            return []

    @contextmanager
    def _segments(self) -> Iterator[list[_Segment]]:
        """Sealed ones and the live one, as they belong together: taken anew when a rotation came between."""
        fd = self._open_live()
        try:
            sealed = self._sealed()
            while fd is not None and not self._is_live(fd):
                os.close(fd)
                fd = self._open_live()
                sealed = self._sealed()
            base = sealed[-1].end if sealed else 0
            live = [] if fd is None else [_Segment(base, self.live, os.fstat(fd).st_size, fd)]
            yield sealed + live
        finally:
            if fd is not None:
                os.close(fd)

    def _open_live(self) -> int | None:
        try:
            return os.open(self.live, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError:
            return None

    def _is_live(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.stat(self.live), os.fstat(fd))  # noqa: PTH116
        except OSError:
            return False

    def _sealed(self) -> list[_Segment]:
        found = []
        try:
            for path in self.live.parent.iterdir():
                if match := self._sealed_name.fullmatch(path.name):
                    found.append(_Segment(int(match[1]), path, path.stat().st_size))
        except OSError:
            pass  # no folder yet, or pruned while we looked
        return sorted(found, key=lambda segment: segment.start)

    @staticmethod
    def _from(segments: list[_Segment], start: int, limit: int) -> Iterator[bytes]:
        for segment in segments:
            if segment.end <= start or limit <= 0:
                continue
            data = segment.read(start, min(limit, segment.end - start))
            if not data:
                return
            yield data
            start += len(data)
            limit -= len(data)
            if start < segment.end:
                return

    @staticmethod
    def _backwards(segments: list[_Segment], end: int) -> Iterator[bytes]:
        for segment in reversed(segments):
            while segment.start < end <= segment.end:
                size = min(BLOCK, end - segment.start)
                data = segment.read(end - size, size)
                if len(data) != size:
                    return
                yield data
                end -= size


def _last_lines(data: bytes, lines: int) -> bytes:
    at = len(data) - 1 if data.endswith(b"\n") else len(data)
    for _ in range(lines):
        at = data.rfind(b"\n", 0, at)
        if at < 0:
            return data
    return data[at + 1 :]


def _entries_before(file: BinaryIO, end: int) -> Iterator[tuple[int, int]]:
    while len(raw := file.read(INDEX_ENTRY.size)) == INDEX_ENTRY.size:
        offset, moment = INDEX_ENTRY.unpack(raw)
        if offset >= end:
            return
        yield offset, moment
