"""The lines of logs around a moment, found by the index of each: a log is never read from its beginning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.core.secrets import Secrets
from backend.services.incidents.last_lines import Line, lines_of
from backend.services.incidents.redaction import Redaction
from backend.services.processes.logs import Log, Piece

LINES = 25  # before and after
_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Around:
    """`offset` is where the log was at that moment; `kind` is `service` or `run`."""

    kind: str
    id: str
    offset: int
    lines: list[Line]


def lines_around(
    logs: Mapping[tuple[str, str], Log], at: datetime, window: timedelta, secrets: Secrets
) -> list[Around]:
    """Of each log that said something then: not more than `LINES` before and after, nor further than `window` from it.
    Blocking."""
    found = []
    for (kind, name), log in logs.items():
        try:
            offset = log.since(int(at.timestamp() * 1000))
            lines = _lines(log, offset, at, window, Redaction(secrets))
        except OSError:  # its files are being taken away
            continue
        if lines:
            found.append(Around(kind, name, offset, lines))
    return found


def _lines(log: Log, offset: int, at: datetime, window: timedelta, redaction: Redaction) -> list[Line]:
    before, after = log.tail(LINES, offset, _BYTES), _whole(log, log.read(offset, _BYTES))
    piece = Piece(before.start, before.data + after.data) if before.end == after.start else after
    lines = lines_of(log, piece, redaction)
    past = [line for line in lines if line.timestamp is not None and at - window <= line.timestamp < at]
    following = [line for line in lines if line.timestamp is not None and at <= line.timestamp <= at + window]
    return past[-LINES:] + following[:LINES]


def _whole(log: Log, piece: Piece) -> Piece:
    """Up to the end of its last line, but for a line that is longer."""
    end = log.encoding.shown_until(piece.data, piece.start) if len(piece.data) == _BYTES else 0
    return Piece(piece.start, piece.data[: end or None])
