"""The bytes of a definitions file as text, whatever editor saved it.

UTF-8 with or without a mark, and UTF-16 with one, are read; anything else is told with the line that gave it away,
never guessed at.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

MAX_BYTES = 2_000_000
Stamp = tuple[int, int, int] | None
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unreadable(Exception):
    """The file cannot be taken for definitions: where (from 1), why, and what to do."""

    def __init__(self, place: tuple[int, int], message: str, hint: str) -> None:
        super().__init__(message)
        self.place, self.message, self.hint = place, message, hint


def stamp(path: Path) -> Stamp:
    """What changes when a file is written or replaced (time of writing in ns first); None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def read_text(path: Path) -> str:
    """The text of the file; raises `Unreadable`, or `OSError` as the system gives it."""
    return decode(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """All of the file; raises `Unreadable` for one that is too large, or `OSError`."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        size = path.stat().st_size / 1e6
        message = f"the file has {size:.1f} MB; definitions are at most {MAX_BYTES // 1_000_000} MB"
        raise Unreadable((1, 1), message, "Is this the right file? Point CONFIG_FILE or --config to the definitions")
    return data


def check_printable(text: str) -> None:
    """Raises `Unreadable` at the first character that no text has."""
    if found := _UNPRINTABLE.search(text):
        message = f"the file holds the control character U+{ord(found.group()):04X}"
        hint = "Remove it; if the file looks right in the editor, save it as UTF-8"
        raise Unreadable(place_of(text, found.start()), message, hint)


def decode(data: bytes) -> str:
    """Raises `Unreadable` where the bytes are no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(data, "utf-16", "Save the file as UTF-8")
    if data[:2].count(0) == 1:
        raise Unreadable((1, 1), "the file is UTF-16 without its mark", "Save it as UTF-8")
    return _decoded(data, "utf-8-sig", "Save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8)")


def _decoded(data: bytes, encoding: str, hint: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        message = f"the file is not {encoding.removesuffix('-sig').upper()} text (byte 0x{data[error.start]:02X})"
        raise Unreadable(place_of(before, len(before)), message, hint) from None


def place_of(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
