"""Reads the log of a process tree as one stream of bytes with absolute offsets, whatever files it lies in.

The keeper writes; reading passes by it. A log is never read whole: the end is found by walking back in blocks, the
rest by offset, also in compressed segments.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from backend.services.processes.encoding import Encoding
from backend.services.processes.segments import Files, Segment

INDEX_ENTRY = struct.Struct("<QQ")  # absolute offset, epoch ms
_TRIES = 5
_BETWEEN = 0.005  # seconds between tries, in the middle of a rotation


@dataclass(frozen=True)
class Piece:
    """The bytes from `start` up to `end`; `gap` when bytes before `start` were asked for and are gone. `times` are the
    index entries for them, where they were asked for (`with_times`)."""

    start: int
    data: bytes
    gap: bool = False
    times: tuple[tuple[int, int], ...] = field(default=(), compare=False)

    @property
    def end(self) -> int:
        return self.start + len(self.data)


class Log:
    """One log; `live` is the file that the person knows."""

    def __init__(self, live: Path, encoding: str = "utf-8") -> None:
        self.live = live
        self.encoding = Encoding(encoding)
        self._files = Files(live)

    def extent(self) -> tuple[int, int]:
        """Absolute offsets of the first byte kept and of the end."""
        with self._files.segments() as segments:
            return (segments[0].start, segments[-1].end) if segments else (0, 0)

    def read(self, start: int, limit: int = 1 << 20) -> Piece:
        """At most `limit` bytes from `start`, or from the first byte kept after it; none where the log ends before."""
        for left in reversed(range(_TRIES)):
            with self._files.segments() as segments:
                piece, sure = _read(segments, start, limit)
            if sure or not left:
                break
            time.sleep(_BETWEEN)
        return piece

    def tail(self, lines: int, before: int | None = None, limit: int = 16 << 20) -> Piece:
        """The last `lines` lines before an offset (default: the end); at most `limit` bytes."""
        blocks: list[bytes] = []
        with self._files.segments() as segments:
            start = end = _end_before(segments, before)
            found = 0
            for stop, block in _backwards(segments, end):
                if not blocks:
                    end = stop
                blocks.append(block)
                start = stop - len(block)
                found += self.encoding.count(block, start)
                if found > lines or end - start >= limit:
                    break
        kept = self.encoding.last_lines(b"".join(reversed(blocks)), start, lines)[-limit:]
        return Piece(end - len(kept), kept)

    def text(self, piece: Piece) -> str:
        return self.encoding.decode(piece.data, piece.start)

    def download(self) -> Iterator[bytes]:
        """All bytes that are kept when the call begins."""
        at, end = self.extent()
        while at < end:
            piece = self.read(at, min(1 << 20, end - at))
            if piece.end == at:
                return
            yield piece.data
            at = piece.end

    def since(self, moment: int) -> int:
        """The offset of the first byte that came at `moment` (epoch ms) or later, as near as the index tells."""
        for at, _ in self._index_from(lambda entry: entry[1] < moment):
            return at
        return self.extent()[1]

    def with_times(self, piece: Piece) -> Piece:
        return replace(piece, times=tuple(self.arrivals(piece.start, piece.end)))

    def arrival(self, offset: int) -> datetime | None:
        """When the byte at `offset` was written, as near as the index tells (a second); None before the first entry."""
        known = [moment for at, moment in self.arrivals(offset, offset + 1) if at <= offset]
        return datetime.fromtimestamp(known[0] / 1000, UTC) if known else None

    def arrivals(self, start: int, end: int) -> list[tuple[int, int]]:
        """Index entries for the bytes [start, end): (absolute offset, epoch ms), first the one that covers `start`."""
        entries = self._index_from(lambda entry: entry[0] <= start, one_before=True)
        return list(takewhile(lambda entry: entry[0] < end, entries))

    def _index_from(
        self, passed: Callable[[tuple[int, int]], bool], *, one_before: bool = False
    ) -> Iterator[tuple[int, int]]:
        """The entries from the first on that is not `passed`; all those before it are."""
        with suppress(OSError, struct.error), self.live.with_name(f"{self.live.stem}.index").open("rb") as file:
            low, high = 0, file.seek(0, 2) // INDEX_ENTRY.size
            while low < high:
                middle = (low + high) // 2
                file.seek(middle * INDEX_ENTRY.size)
                if passed(INDEX_ENTRY.unpack(file.read(INDEX_ENTRY.size))):
                    low = middle + 1
                else:
                    high = middle
            file.seek(max(0, low - one_before) * INDEX_ENTRY.size)
            while len(raw := file.read(INDEX_ENTRY.size)) == INDEX_ENTRY.size:
                yield INDEX_ENTRY.unpack(raw)


def _read(segments: list[Segment], start: int, limit: int) -> tuple[Piece, bool]:
    """And whether that is sure, or a rotation may have been under way: then the end seems to lie further back, or a
    file has just got another name."""
    begin = start
    while (first := next((segment for segment in segments if segment.end > begin), None)) is not None:
        begin = max(begin, first.start)
        if data := b"".join(_forwards(segments, begin, limit)):
            return Piece(begin, data, gap=begin > start), True
        past = first.past_damage(begin)
        if past == begin:
            return Piece(begin, b"", gap=begin > start), False
        begin = past
    return Piece(begin, b"", gap=begin > start), not segments or segments[-1].end == begin


def _forwards(segments: list[Segment], start: int, limit: int) -> Iterator[bytes]:
    """As far as the bytes hang together."""
    for segment in segments:
        while segment.start <= start < segment.end and limit > 0:
            data = segment.read(start, min(limit, segment.end - start))
            if not data:
                return
            yield data
            start += len(data)
            limit -= len(data)


def _end_before(segments: list[Segment], before: int | None) -> int:
    """The end of the last byte kept before an offset; the first offset kept where there is none."""
    if not segments:
        return 0
    if before is None:
        return segments[-1].end
    earlier = [segment for segment in segments if segment.size and segment.start < before]
    return min(before, earlier[-1].end) if earlier else segments[0].start


def _backwards(segments: list[Segment], end: int) -> Iterator[tuple[int, bytes]]:
    """Blocks that hang together, each with the offset behind it. Damage behind the first is stepped over."""
    begun = False
    for segment in reversed(segments):
        while segment.start < end <= segment.end:
            begin = segment.block_before(end)
            data = segment.read(begin, end - begin)
            if len(data) != end - begin and (begun or segment.past_damage(begin + len(data)) == begin + len(data)):
                return
            if data:
                begun = True
                yield begin + len(data), data
            end = begin
