"""The last lines of one life of a service, read by their place in its log: what others write meanwhile, and rotation,
change nothing about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.services.incidents.redaction import BEYOND, Redaction
from backend.services.processes.levels import Level, levels_of
from backend.services.processes.lines import Lines, Stretch
from backend.services.processes.logs import Log, Piece

LINES = 200
BYTES = 256 * 1024
LONGEST = 2000  # characters of a line


@dataclass(frozen=True, slots=True)
class Line:
    """`timestamp` is when it began to come; None where that is not known."""

    timestamp: datetime | None
    level: Level
    message: str


def last_lines(log: Log, start: int | None, end: int | None, redaction: Redaction) -> list[Line]:
    """Of the bytes from `start` up to `end`, as far as those are known. Blocking."""
    piece = log.tail(LINES, end, BYTES)
    if start is not None and piece.start < start:
        piece = Piece(min(start, piece.end), piece.data[start - piece.start :])
    return lines_of(log, piece, redaction)


def lines_of(log: Log, piece: Piece, redaction: Redaction) -> list[Line]:
    """What the piece holds, with times; nothing secret. Blocking."""
    lines = Lines(log.encoding, piece.start)
    stretches = [*lines.take(log.with_times(piece)), *lines.finish()]
    return list(_lines(stretches, redaction))


def _lines(stretches: Sequence[Stretch], redaction: Redaction) -> Iterator[Line]:
    messages = [message[: LONGEST + BEYOND] for stretch in stretches for message in stretch.messages]
    times = [stretch.moment for stretch in stretches for _ in stretch.messages]
    shown = list(map(_shortened, redaction.pieces(iter(messages), "log")))
    for moment, level, message in zip(times, levels_of(shown), shown, strict=True):
        yield Line(None if moment is None else datetime.fromtimestamp(moment / 1000, UTC), level, message)


def _shortened(message: str) -> str:
    return message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
