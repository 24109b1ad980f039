"""The last words of a run that failed: what its output says is wrong, or how it ended."""

from __future__ import annotations

import re

from backend.services.processes.levels import level_of
from backend.services.processes.logs import Log, Piece

LOOKED_AT = 10  # lines
SHOWN = 5
LONGEST = 500  # characters
_COLOUR = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")


def last_words(log: Log, start: int, end: int) -> str | None:
    """Of the last lines between two offsets: those that tell of an error, else the very last ones. Blocking; None where
    it said nothing."""
    piece = log.tail(LOOKED_AT, end, limit=1 << 16)
    text = log.text(Piece(max(start, piece.start), piece.data[max(0, start - piece.start) :]))
    lines = [_COLOUR.sub("", line.rpartition("\r")[2]).rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    lines = [line for line in lines if line]
    wrong = [line for line in lines if level_of(line) in {"ERROR", "CRITICAL"}]
    chosen = "\n".join((wrong or lines)[-SHOWN:])
    return chosen[-LONGEST:] or None
