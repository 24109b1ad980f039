"""How many lines a log holds. Each byte is looked at once, however often somebody asks."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from backend.services.processes.logs import Log

MOST = 256  # logs that are remembered


@dataclass
class _Counted:
    """`lines` end in the bytes from `first` to `upto`."""

    first: int
    upto: int
    lines: int


class LineCounts:
    def __init__(self) -> None:
        self._counted: OrderedDict[Path, _Counted] = OrderedDict()
        self._turn = Lock()

    def of(self, log: Log) -> int:
        """Lines that are kept; one without an end counts. Blocking, and long for a large log that is new here."""
        with self._turn:
            first, end = log.extent()
            known = self._counted.get(log.live)
            if known is None or known.first != first or known.upto > end:
                known = self._counted[log.live] = _Counted(first, first, 0)
            self._counted.move_to_end(log.live)
            if len(self._counted) > MOST:
                self._counted.popitem(last=False)
            _count_on(known, log, end)
            return known.lines + _unfinished(log, end)


def _count_on(known: _Counted, log: Log, end: int) -> None:
    while known.upto < end:
        piece = log.read(known.upto, min(1 << 18, end - known.upto))
        if not piece.data:
            return
        known.lines += log.encoding.count(piece.data, piece.start)
        known.upto = piece.end


def _unfinished(log: Log, end: int) -> int:
    """How many lines stand behind the last line end before `end`."""
    last = log.tail(1, end).data
    return int(bool(last) and not last.endswith(log.encoding.newline))
