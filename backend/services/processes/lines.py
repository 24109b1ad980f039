"""A log as lines with the times at which they began to come, made of the pieces in which it is read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from backend.services.processes.encoding import Encoding
from backend.services.processes.logs import Piece

LONGEST = 1 << 22  # bytes of a line that wait for its end; then it is taken as it is


class Stretch(NamedTuple):
    """Lines that follow each other and have the same time: epoch milliseconds, None where that is not known. `ends` are
    the offsets behind them."""

    moment: int | None
    ends: list[int]
    messages: list[str]


class Lines:
    """Takes pieces with their times one after the other; the first begins at the offset `start`."""

    def __init__(self, encoding: Encoding, start: int) -> None:
        self._encoding = encoding
        self._rest = b""  # of a line that has no end yet
        self._at = start  # offset of `_rest`
        self._moment: int | None = None  # of the line that begins there

    def take(self, piece: Piece) -> list[Stretch]:
        """The lines that end in this piece."""
        if piece.gap or not self._rest:
            self._rest, self._at = b"", piece.start
            self._moment = _moment(piece.times, piece.start)
        ends, messages, rest = self._encoding.lines(self._rest + piece.data, self._at)
        if len(rest) > LONGEST:
            ends.append(piece.end)
            messages.append(self._encoding.decode(rest, piece.end - len(rest)))
            rest = b""
        stretches = list(self._stretches(piece.times, ends, messages))
        if ends:
            self._at = ends[-1]
            self._moment = _moment(piece.times, self._at)
        self._rest = rest
        return stretches

    def finish(self) -> list[Stretch]:
        """What stands behind the last line end, when nothing comes any more."""
        if not self._rest:
            return []
        end = self._at + len(self._rest)
        message = self._encoding.decode(self._rest, self._at)
        self._rest, self._at, begun = b"", end, self._moment
        return [Stretch(begun, [end], [message])]

    def _stretches(self, times: tuple[tuple[int, int], ...], ends: list[int], messages: list[str]) -> Iterator[Stretch]:
        moment, done = self._moment, 0
        for at, next_moment in times:
            upto = min(bisect_left(ends, at) + 1, len(ends))  # lines that begin before `at`
            if at > self._at and upto > done:
                yield Stretch(moment, ends[done:upto], messages[done:upto])
                done = upto
            if at > self._at:
                moment = next_moment
        if done < len(ends):
            yield Stretch(moment, ends[done:], messages[done:])


def _moment(times: tuple[tuple[int, int], ...], offset: int) -> int | None:
    """When the byte at `offset` came."""
    return next((moment for at, moment in reversed(times) if at <= offset), None)
