"""Lines of a text, by the characters at which they begin and end; breaks are those of any editor."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BREAK = re.compile(r"\r\n|\n|\r")


def line_start(text: str, index: int) -> int:
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def line_end(text: str, index: int) -> int:
    """Where the line break of the line begins, or the text ends."""
    found = _BREAK.search(text, index)
    return found.start() if found else len(text)


def next_line(text: str, index: int) -> int:
    """Where the line after that of `index` begins; the end of the text where there is none."""
    found = _BREAK.search(text, index)
    return found.end() if found else len(text)


def line_above(text: str, start: int) -> tuple[int, str] | None:
    """The line above the one that begins at `start`: where it begins, and what it says."""
    if start == 0:
        return None
    above = line_start(text, start - (2 if text[:start].endswith("\r\n") else 1))
    return above, text[above : line_end(text, above)]


def line_at(text: str, start: int) -> str:
    """The line that begins at `start`, without its break."""
    return text[start : line_end(text, start)]


def lines_of(text: str) -> list[str]:
    return _BREAK.split(text)


def newline_of(text: str) -> str:
    """The line break of a text: that of its first line."""
    found = _BREAK.search(text)
    return found.group() if found else "\n"


def moved(lines: Sequence[str], by: int) -> list[str]:
    """Lines indented by more columns, or by fewer where they have them."""
    if by >= 0:
        return [" " * by + line if line.strip() else line for line in lines]
    return [line[min(-by, len(line) - len(line.lstrip(" "))) :] for line in lines]


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())
