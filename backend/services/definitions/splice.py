"""Services put into a text of definitions, replaced and taken out: everything else stays byte by byte as it is.

The text is cut where the parser says that a service begins and ends. Comments inside a service and those below it that
are indented deeper than its id belong to it; those above it stay when it goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.services.definitions.layout import Layout, Piece, layout, line_end, line_start, next_line
from backend.services.definitions.writing import STEP


class NotEditable(Exception):
    """The file is good, but written in a way that nothing can be put into. `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Block:
    """A service as it is to stand in a file: lines that begin at column 0, and the same as a value; None where the
    lines refer to anchors of the file."""

    id: str
    lines: Sequence[str]
    value: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Found:
    """A service as it stands in a file, from its id to the last character that belongs to it."""

    key: Piece
    value: Piece
    start: int
    end: int


def newline_of(text: str) -> str:
    """The line break of a text: that of its first line."""
    found = re.search(r"\r\n|\n|\r", text)
    return found.group() if found else "\n"


def container(laid: Layout) -> Piece | None:
    """The mapping of services; None where the section is missing or empty. Raises `NotEditable`."""
    if laid.root is None:
        return None
    if laid.root.kind != "mapping":
        raise NotEditable("the file is not a mapping", "Begin it with `services:`")
    pair = laid.root.at("services")
    if pair is None or (pair[1].kind == "scalar" and laid.value(pair[1]) is None):
        return None
    if pair[1].kind != "mapping":
        raise NotEditable("`services` refers to an anchor (*)", "Write the services themselves below `services:`")
    return pair[1]


def find(laid: Layout, service_id: str) -> Found | None:
    services = container(laid)
    pair = services.at(service_id) if services is not None else None
    if services is None or pair is None:
        return None
    key, value = pair
    return Found(key, value, key.start, value.end if services.flow else extent(laid, key, value))


def ids(laid: Layout) -> list[str]:
    services = container(laid)
    return [] if services is None else [key.text for key, _ in services.pairs]


def own_text(laid: Layout, found: Found) -> str:
    """The service alone, its id in column 0, lines ending in `\\n`."""
    column = laid.column(found.start)
    lines = laid.text[line_start(laid.text, found.start) : found.end].splitlines()
    if lines and laid.text[line_start(laid.text, found.start) : found.start].strip():
        lines[0] = " " * column + lines[0][column:]  # it begins in the middle of a line
    return "\n".join(moved(lines, -column)) + "\n"


def put_in(text: str, block: Block) -> str:
    """`text` with one more service behind those that are there. Raises `NotEditable`."""
    laid = layout(text)
    services = container(laid)
    if laid.root is not None and laid.root.flow:
        return _put_in_braces(laid, services, block)
    if services is None:
        return _put_below_heading(laid, block)
    if services.flow and services.pairs:
        return _put_between_braces(laid, services, f"{json.dumps(block.id)}: {_json(block.value)}")
    if services.flow:
        bare = text[: services.start].rstrip(" ") + text[services.end :]
        return _put_below_heading(layout(bare), block)
    key, value = services.pairs[-1]
    end = extent(laid, key, value)
    newline = newline_of(text)
    gap = newline * (2 if _is_apart(laid, key) else 1)
    added = newline.join(moved(block.lines, laid.column(services.pairs[0][0].start)))
    return f"{text[:end]}{gap}{added}{text[end:]}"


def replace(text: str, block: Block) -> str:
    """`text` with the service of that id written anew, in its place."""
    laid = layout(text)
    found, services = find(laid, block.id), container(laid)
    assert found is not None
    assert services is not None
    if services.flow:
        return f"{text[: found.value.start]}{_json(block.value)}{text[found.value.end :]}"
    column = laid.column(found.start)
    written = newline_of(text).join(moved(block.lines, column)).removeprefix(" " * column)
    return f"{text[: found.start]}{written}{text[found.end :]}"


def take_out(text: str, service_id: str) -> str:
    """`text` without the service, and without one of two blank lines that would meet."""
    laid = layout(text)
    found, services = find(laid, service_id), container(laid)
    assert found is not None
    assert services is not None
    if services.flow:
        return take_from_braces(text, services, service_id)
    start, end = line_start(text, found.start), next_line(text, found.end)
    if end == len(text) and end == line_end(text, found.end):  # the last line has no line break
        start = len(text[:start].removesuffix("\n").removesuffix("\r"))
    before, after = _blank_before(text, start), _blank_after(text, end)
    last = end == len(text) or laid.column(found.start) > _indent_at(text, end)
    if before is not None and (after is not None or last):
        start = before
    elif before is None and after is not None and not _comment_before(text, start):
        end = after
    return text[:start] + text[end:]


def take_from_braces(text: str, mapping: Piece, name: str) -> str:
    """`text` without one entry of a mapping in braces, and without its comma."""
    place = next(number for number, (key, _) in enumerate(mapping.pairs) if key.text == name)
    key, value = mapping.pairs[place]
    if place + 1 < len(mapping.pairs):
        return text[: key.start] + text[mapping.pairs[place + 1][0].start :]
    if place:
        return text[: mapping.pairs[place - 1][1].end] + text[value.end :]
    comma = re.compile(r"\s*,").match(text, value.end)
    return text[: key.start] + text[comma.end() if comma else value.end :]


def step_of(laid: Layout) -> int:
    """By how many columns the settings of the services are indented."""
    services = container(laid)
    for key, value in services.pairs if services is not None and not services.flow else ():
        if value.kind == "mapping" and not value.flow and value.pairs:
            return max(1, laid.column(value.pairs[0][0].start) - laid.column(key.start))
    return STEP


def extent(laid: Layout, key: Piece, value: Piece) -> int:
    """Where an entry of a block ends: with its last line, the comment there included, and the comments below it that
    are indented deeper than its key."""
    text, column = laid.text, laid.column(key.start)
    end = line_end(text, max(value.end, key.end))
    at = next_line(text, end)
    while at < len(text):
        line = text[at : line_end(text, at)]
        indent = len(line) - len(line.lstrip())
        if line.strip() and not (line.lstrip().startswith("#") and indent > column):
            break
        if line.strip():
            end = at + len(line)
        at = next_line(text, at)
    return end


def moved(lines: Sequence[str], by: int) -> list[str]:
    """Lines indented by more columns, or by fewer where they have them."""
    if by >= 0:
        return [" " * by + line if line.strip() else line for line in lines]
    return [line[min(-by, len(line) - len(line.lstrip(" "))) :] for line in lines]


def _json(value: Mapping[str, Any] | None) -> str:
    if value is None:
        raise NotEditable("the services stand in braces", "Write out what each * stands for")
    return json.dumps(value, ensure_ascii=False)


def _put_below_heading(laid: Layout, block: Block) -> str:
    """Right below `services:`, which is added at the end of a file that has none."""
    text, newline = laid.text, newline_of(laid.text)
    heading = laid.root.at("services") if laid.root is not None else None
    if heading is None:
        base = laid.column(laid.root.start) if laid.root is not None else 0
        if text.strip():
            text = text.rstrip("\r\n") + newline * 2
        return text + newline.join(moved(["services:", *moved(block.lines, STEP)], base)) + newline
    end = line_end(text, heading[0].end)
    added = newline.join(moved(block.lines, laid.column(heading[0].start) + STEP))
    rest = text[end:] or newline
    return f"{text[:end]}{newline}{added}{rest}"


def _put_in_braces(laid: Layout, services: Piece | None, block: Block) -> str:
    """Into a file that is JSON, or YAML in braces."""
    assert laid.root is not None
    written = f"{json.dumps(block.id)}: {_json(block.value)}"
    if services is not None:
        return _put_between_braces(laid, services, written)
    if heading := laid.root.at("services"):
        return f"{laid.text[: heading[1].start]}{{{written}}}{laid.text[heading[1].end :]}"
    return _put_between_braces(laid, laid.root, f'"services": {{{written}}}')


def _put_between_braces(laid: Layout, mapping: Piece, written: str) -> str:
    text = laid.text
    if not mapping.pairs:
        return f"{text[: mapping.start + 1]}{written}{text[mapping.start + 1 :]}"
    key, value = mapping.pairs[-1]
    margin = text[line_start(text, key.start) : key.start]
    gap = f",{newline_of(text)}{margin}" if not margin.strip() and margin else ", "
    return f"{text[: value.end]}{gap}{written}{text[value.end :]}"


def _lines_above(text: str, at: int) -> tuple[int, str] | None:
    """The line above the one that begins at `at`: where it begins, and what it says."""
    if at == 0:
        return None
    start = line_start(text, at - (2 if text[:at].endswith("\r\n") else 1))
    return start, text[start : line_end(text, start)]


def _is_apart(laid: Layout, key: Piece) -> bool:
    """Whether a blank line stands above the entry and the comments that lead to it."""
    at = line_start(laid.text, key.start)
    while (above := _lines_above(laid.text, at)) is not None:
        at, line = above
        if not line.strip().startswith("#"):
            return not line.strip()
    return False


def _blank_before(text: str, at: int) -> int | None:
    above = _lines_above(text, at)
    return above[0] if above is not None and not above[1].strip() else None


def _comment_before(text: str, at: int) -> bool:
    above = _lines_above(text, at)
    return above is not None and above[1].lstrip().startswith("#")


def _blank_after(text: str, at: int) -> int | None:
    return next_line(text, at) if at < len(text) and not text[at : line_end(text, at)].strip() else None


def _indent_at(text: str, at: int) -> int:
    line = text[at : line_end(text, at)]
    return len(line) - len(line.lstrip())
