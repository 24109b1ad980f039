"""What a bundle is made of: texts that are there already, and slices of logs that are read when it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from backend.services.incidents.redaction import BEYOND, LONGEST_LINE
from backend.services.processes.logs import Log

Include = Literal["configuration", "journal", "logs", "crashes", "samples", "diagnostics", "versions"]
ALL: tuple[Include, ...] = get_args(Include)
LOG_BYTES = 5_000_000  # of one log: the newest of the time
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Text:
    """A file whose text is known. What looks like a secret in one that a person `wrote` is one wherever it stands."""

    name: str
    text: str
    wrote: bool = False

    def texts(self) -> Iterator[str]:
        yield self.text


@dataclass(frozen=True, slots=True)
class Slice:
    """What one log was told from `start` to `end`."""

    name: str
    log: Log
    start: datetime
    end: datetime

    def texts(self) -> Iterator[str]:
        """In pieces of whole lines; nothing where the log said nothing then. Blocking."""
        first, last = (self.log.since(int(at.timestamp() * 1000)) for at in (self.start, self.end))
        if last - first > LOG_BYTES:
            yield f"[…the last {LOG_BYTES:,} bytes of this time…]\n"
            lines = _whole_lines(self._decoded(last - LOG_BYTES, last))
            yield next(lines, "").partition("\n")[2]  # the first one was cut
        else:
            lines = _whole_lines(self._decoded(first, last))
        yield from lines

    def _decoded(self, first: int, last: int) -> Iterator[str]:
        rest = b""
        while first < last:
            piece = self.log.read(first, min(_BLOCK, last - first))
            if piece.start >= last or not piece.data:
                break
            data, begin = rest + piece.data, piece.start - len(rest)
            whole = self.log.encoding.shown_until(data, begin) or len(data)
            yield self.log.encoding.decode(data[:whole], begin)
            rest, first = data[whole:], piece.end
        if rest:
            yield self.log.encoding.decode(rest, first - len(rest))


@dataclass(frozen=True, slots=True)
class End:
    """The last bytes of a file that only this program writes."""

    name: str
    path: Path

    def texts(self) -> Iterator[str]:
        """Blocking."""
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - LOG_BYTES))
            data = file.read(LOG_BYTES)
        yield data.partition(b"\n")[2].decode(errors="replace") if size > LOG_BYTES else data.decode(errors="replace")


Part = Text | Slice | End


def _whole_lines(texts: Iterator[str]) -> Iterator[str]:
    """The same text in pieces of whole lines; of one that is too long to be shown only the beginning and the end."""
    left = ""
    for text in texts:
        text = left + text  # noqa: PLW2901
        end = text.rfind("\n") + 1
        if end:
            yield text[:end]
        left = text[end:][: LONGEST_LINE + BEYOND]
    if left:
        yield left


@dataclass(frozen=True, slots=True)
class LeftOut:
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Material:
    """`left_out` is what could not be had."""

    start: datetime
    end: datetime
    parts: Sequence[Part]
    left_out: Sequence[LeftOut] = field(default=())
