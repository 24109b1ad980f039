"""What a command shows: tables and colours for people, the same without colours into a pipe, JSON for scripts.

A mark never says by its colour alone what it means; beside each stands the word.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TextIO

STYLES = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "dim": "2",
    "bold": "1",
}
NARROWEST = 12  # columns that the last one of a table needs, or it is left out

Mark = tuple[str, str, str]
GOOD: Mark = ("●", "*", "green")
CHANGING: Mark = ("◐", "~", "yellow")
BAD: Mark = ("✗", "x", "red")
IDLE: Mark = ("○", "-", "dim")


class Column(NamedTuple):
    """`keep` says which go first where there is no room: those with the least. `flexible` ones are cut instead."""

    title: str
    keep: int = 9
    flexible: bool = False
    right: bool = False


class Cell(NamedTuple):
    text: str
    style: str = ""


class Screen:
    """`width` is that of the terminal, None where the output goes elsewhere and nothing is left out or cut."""

    def __init__(self, *, as_json: bool = False, color: str = "auto") -> None:
        self.as_json = as_json
        self._out, self._err = _usable(sys.stdout), _usable(sys.stderr)
        self.is_terminal = self._out.isatty()
        self.width = _width(self._out) if self.is_terminal else None
        self.colored = _wants_color(color, self._out) and _understands_color(self._out)
        self._unicode = (self._out.encoding or "").lower().startswith("utf")

    def line(self, text: str = "") -> None:
        self._out.write(text + "\n")

    def raw(self, text: str) -> None:
        """Without an end of line, and at once."""
        self._out.write(text)
        self._out.flush()

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        separators = None if indent else (",", ":")
        text = json.dumps(value, ensure_ascii=not self._unicode, indent=indent, separators=separators)
        self._out.write(text + "\n")

    def flush(self) -> None:
        self._out.flush()

    def note(self, text: str) -> None:
        """For the person, never a part of the output."""
        self._out.flush()
        self._err.write(text + "\n")
        self._err.flush()

    def style(self, text: str, style: str) -> str:
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if style and self.colored else text

    def mark(self, mark: Mark) -> str:
        return self.style(mark[0] if self._unicode else mark[1], mark[2])

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell | str]]) -> None:
        """The last column is not padded. Columns that say nothing in any row are left out of a terminal's table."""
        cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
        widths = [
            max([width_of(column.title), *(width_of(row[at].text) for row in cells)])
            for at, column in enumerate(columns)
        ]
        shown = [at for at in range(len(columns)) if self.width is None or any(row[at].text for row in cells)]
        shown, widths = self._fit(columns, widths, shown)
        self.line(self._row([Cell(column.title, "dim") for column in columns], columns, widths, shown))
        for row in cells:
            self.line(self._row(row, columns, widths, shown))

    def _fit(self, columns: Sequence[Column], widths: list[int], shown: list[int]) -> tuple[list[int], list[int]]:
        if self.width is None:
            return shown, widths
        while True:
            flexible = [at for at in shown if columns[at].flexible]
            room = self.width - sum(widths[at] + 2 for at in shown if at not in flexible)
            needed = sum(min(NARROWEST, widths[at]) + 2 for at in flexible)
            if room + 2 >= needed or len(shown) == 1:
                break
            shown = [at for at in shown if at != min(shown, key=lambda at: (columns[at].keep, -at))]
        widths = list(widths)
        for at in flexible:
            widths[at] = max(1, min(widths[at], (room + 2) // len(flexible) - 2))
        return shown, widths

    def _row(self, row: Sequence[Cell], columns: Sequence[Column], widths: list[int], shown: list[int]) -> str:
        parts = []
        for at in shown:
            text = cut(row[at].text, widths[at]) if self.width is not None else row[at].text
            space = " " * (widths[at] - width_of(text))
            styled = self.style(text, row[at].style)
            parts.append(space + styled if columns[at].right else styled if at == shown[-1] else styled + space)
        return "  ".join(parts).rstrip()


class Marked(NamedTuple):
    """A mark and a word, as one cell."""

    mark: Mark
    word: str

    def on(self, screen: Screen) -> Cell:
        symbol = self.mark[0] if screen._unicode else self.mark[1]
        return Cell(f"{symbol} {self.word}", self.mark[2])


def width_of(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def cut(text: str, width: int) -> str:
    if width_of(text) <= width:
        return text
    while text and width_of(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _usable(stream: TextIO | None) -> TextIO:
    """A program without a console has no streams; characters that a stream does not know become `?`."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # as long as the program
    stream.reconfigure(errors="replace")  # type: ignore[attr-defined]
    return stream


def _width(stream: TextIO) -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


def _wants_color(color: str, stream: TextIO) -> bool:
    if color != "auto":
        return color == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _understands_color(stream: TextIO) -> bool:
    """The console of Windows does once it was asked to."""
    if sys.platform != "win32" or not stream.isatty():
        return True
    import ctypes

    kernel = ctypes.windll.kernel32
    handle, mode = kernel.GetStdHandle(-11), ctypes.c_ulong()
    return bool(kernel.GetConsoleMode(handle, ctypes.byref(mode)) and kernel.SetConsoleMode(handle, mode.value | 4))


def seconds_in_words(seconds: float | None) -> str:
    """`4 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    if seconds is None:
        return ""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def bytes_in_words(size: int | None) -> str:
    if size is None:
        return ""
    if size < 1024**3:
        return f"{size / 1024**2:.0f} MiB"
    return f"{size / 1024**3:.1f} GiB"


def pairs_in_words(values: Mapping[str, Any]) -> str:
    """`code=1 text=…`; nothing for what is empty."""
    return " ".join(f"{name}={_value(value)}" for name, value in values.items() if value not in (None, "", [], {}))


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
