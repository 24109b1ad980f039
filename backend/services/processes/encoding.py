"""Where lines end and characters hang together in the encoding of a log, for bytes whose offsets are known.

A line of UTF-16 ends with two bytes, the first of them at an even offset; the same two bytes elsewhere are halves of
other characters. Nothing here fails: what is no text in the encoding is shown as `�`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import accumulate, pairwise

_WITHOUT_MARK = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}


class Encoding:
    """`name` is any of Python's text encodings. Those with a byte order mark are read as what programs write."""

    def __init__(self, name: str = "utf-8") -> None:
        known = codecs.lookup(name).name
        self._name = _WITHOUT_MARK.get(known, known)
        self._marked = known in _WITHOUT_MARK
        self.is_utf_8 = self._name == "utf-8"
        self.newline = "\n".encode(self._name)
        self.carriage_return = "\r".encode(self._name)
        self.unit = len(self.newline)  # bytes; offsets of characters are multiples of it

    def decode(self, data: bytes, start: int) -> str:
        """The text of the bytes from offset `start` on; halves of a unit at either end are left out."""
        skip = -start % self.unit
        text = data[skip : len(data) - (len(data) - skip) % self.unit].decode(self._name, errors="replace")
        return text.replace("\ufeff", "") if self._marked else text

    def lines(self, data: bytes, start: int) -> tuple[list[int], list[str], bytes]:
        """The offsets behind the whole lines, their texts without what ends them, and what is left behind the last."""
        if self.is_utf_8:
            *lines, rest = data.split(self.newline)
            texts = self.decode(data[: len(data) - len(rest)], start).split("\n")[:-1]
            ends = list(accumulate([len(line) + 1 for line in lines], initial=start))[1:]
        else:
            ends = [start + end for end in self._ends(data, start, self.newline)]
            begins = pairwise([0, *(end - start for end in ends)])
            texts = [self.decode(data[begin : end - self.unit], start + begin) for begin, end in begins]
            rest = data[ends[-1] - start :] if ends else data
        return ends, [text.removesuffix("\r") for text in texts] if b"\r" in data else texts, rest

    def count(self, data: bytes, start: int) -> int:
        """How many lines end here."""
        if self.unit == 1:
            return data.count(self.newline)
        return sum(1 for _ in self._ends(data, start, self.newline))

    def last_lines(self, data: bytes, start: int, lines: int) -> bytes:
        """The last `lines` lines; what stands behind the last end counts as one."""
        whole = data.endswith(self.newline) and (start + len(data)) % self.unit == 0
        at = len(data) - self.unit if whole else len(data)
        for _ in range(lines):
            at = self._last(data, start, self.newline, at)
            if at < 0:
                return data
        return data[at + self.unit :]

    def shown_until(self, data: bytes, start: int) -> int:
        """How many bytes end with a line, or with a carriage return: that is how a progress bar moves."""
        ends = (self._last(data, start, mark, len(data)) for mark in (self.newline, self.carriage_return))
        last = max(ends)
        return last + self.unit if last >= 0 else 0

    def whole_characters(self, data: bytes, start: int) -> int:
        """How many bytes do not end within a character; all of them when nothing else is there."""
        skip = -start % self.unit
        decoder = codecs.getincrementaldecoder(self._name)(errors="replace")
        tail = max(skip, len(data) - 4096)
        tail -= (tail - skip) % self.unit
        try:
            decoder.decode(data[tail:])
            whole = len(data) - len(decoder.getstate()[0])
        except UnicodeError:
            return len(data)
        return whole or len(data)

    def _last(self, data: bytes, start: int, mark: bytes, before: int) -> int:
        """Where the last `mark` that ends at or before `before` begins; -1 when there is none."""
        at = data.rfind(mark, 0, before)
        while at >= 0 and (start + at) % self.unit:
            at = data.rfind(mark, 0, at + self.unit - 1)
        return at

    def _ends(self, data: bytes, start: int, mark: bytes) -> Iterator[int]:
        at = data.find(mark)
        while at >= 0:
            if (start + at) % self.unit:
                at = data.find(mark, at + 1)
            else:
                yield at + self.unit
                at = data.find(mark, at + self.unit)
