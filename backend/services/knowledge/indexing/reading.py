"""From the bytes of a file to its text, each kind in its way. What cannot be read says why, and is a file all the same.

The libraries that take long to import are imported when the first file needs them.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from backend.services.knowledge.indexing.kinds import Kind

MAX_TEXT = 10_000_000  # characters; what comes after them is not searched
_LINES = re.compile(r"\s*\n\s*")


class Unreadable(Exception):
    """Why there is no text in the file."""


def text_of(data: bytes, kind: Kind) -> str:
    """Raises `Unreadable`."""
    read = _READERS.get(kind)
    text = read(data) if read else decode(data)
    return text.replace("\x00", "")[:MAX_TEXT]


def decode(data: bytes) -> str:
    """Of any text file. Raises `Unreadable`."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if b"\x00" in data[:8192]:
        raise Unreadable("it is not text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _html(data: bytes) -> str:
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(decode(data))
    page.strip_tags(["script", "style", "noscript", "template", "svg"])
    title = page.css_first("title")
    body = page.body.text(separator="\n") if page.body is not None else page.text(separator="\n")
    heading = f"# {title.text().strip()}\n" if title is not None and title.text().strip() else ""
    return heading + _LINES.sub("\n", body).strip()


def _pdf(data: bytes) -> str:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
        pages: list[str] = []
        room = MAX_TEXT
        for number in range(len(document)):
            pages.append(str(document[number].get_textpage().get_text_range()))
            room -= len(pages[-1])
            if room < 0:
                break
    except PdfiumError as error:
        password = "password" in str(error).lower()
        raise Unreadable("it needs a password" if password else "it is not a whole PDF") from error
    return "\n\f".join(pages).replace("\r\n", "\n").replace("\r", "\n")


def _notebook(data: bytes) -> str:
    try:
        cells = json.loads(decode(data))["cells"]
        return "\n\n".join(filter(None, (_cell(cell) for cell in cells)))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable(f"it is not a notebook: {str(error)[:200]}") from error


def _cell(cell: Mapping[str, Any]) -> str:
    outputs = [one.get("text") or one.get("data", {}).get("text/plain", "") for one in cell.get("outputs", ())]
    return "\n".join(filter(None, (_joined(part) for part in (cell.get("source", ""), *outputs))))


def _joined(part: str | list[str]) -> str:
    return part if isinstance(part, str) else "".join(part)


_READERS: dict[Kind, Callable[[bytes], str]] = {"html": _html, "pdf": _pdf, "notebook": _notebook}
RISKY = frozenset(_READERS)
"""What foreign code reads, so that it may take for ever, or all memory."""
