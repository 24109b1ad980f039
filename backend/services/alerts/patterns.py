"""Patterns of people, matched against what tools write.

RE2 needs a time that grows with the text and with nothing else: no pattern and no line can keep the daemon from its
work. It knows no look-around and no references back, which is the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LONGEST = 1000  # characters of a pattern
MOST_TOGETHER = 20  # patterns
MEMORY = 1 << 22  # bytes that one pattern may take


class WrongPattern(ValueError):
    """What is wrong with it, in the words of RE2."""


class Found(NamedTuple):
    """A line in which the pattern was found: where it begins in the text, and the line."""

    start: int
    line: bytes


class Pattern:
    """Raises `WrongPattern`."""

    def __init__(self, text: str) -> None:
        import re2  # where there is a rule for it, and not before

        options = re2.Options()
        options.log_errors = False
        options.never_nl = True  # a match lies within one line, so many lines are searched at once
        options.max_mem = MEMORY
        try:
            re2.compile(text, options)  # alone first: what is told is to be about what was written
            self._search = re2.compile(f"(?m:{text})", options).search
        except re2.error as error:
            raise WrongPattern(_words(error)) from None

    def lines(self, text: bytes, most: int) -> list[Found]:
        """The first lines of a text in UTF-8 that it is found in, `most` of them."""
        found: list[Found] = []
        at = 0
        while len(found) < most and (match := self._search(text, at)) is not None:
            begin = match.start()
            start, end = text.rfind(b"\n", at, begin) + 1 or at, text.find(b"\n", begin)
            found.append(Found(start, text[start : end if end >= 0 else len(text)]))
            if end < 0:
                break
            at = end + 1
        return found


def together(patterns: Sequence[str]) -> Pattern | None:
    """Found where any of several is, in about the time of one; None where that would save nothing or take too much."""
    if not 1 < len(patterns) <= MOST_TOGETHER:
        return None
    try:
        return Pattern("|".join(f"(?:{one})" for one in patterns))
    except WrongPattern:  # each is good, but they are too much for one
        return None


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
