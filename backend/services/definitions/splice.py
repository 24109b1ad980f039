"""Services put into a text of definitions, replaced and taken out: everything else stays byte by byte as it is.

The text is cut where the parser says that a service begins and ends. Comments inside a service and those below it that
are indented deeper than its id belong to it; those above it stay when it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.services.definitions.braces import Cut, applied, as_json, put_between, take_from, written
from backend.services.definitions.layout import Layout, Piece, layout
from backend.services.definitions.lines import (
    indent_of,
    line_above,
    line_at,
    line_end,
    line_start,
    lines_of,
    moved,
    newline_of,
    next_line,
)
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

    @property
    def given(self) -> Mapping[str, Any]:
        """For a file in braces, which no lines can be put into."""
        if self.value is None:
            raise NotEditable("the services stand in braces", "Write out what each * stands for")
        return self.value


@dataclass(frozen=True, slots=True)
class Found:
    """A service as it stands in a file, from its id to the last character that belongs to it; in lines of its own,
    or in braces with others."""

    key: Piece
    value: Piece
    start: int
    end: int
    in_lines: bool


def find(laid: Layout, service_id: str) -> Found | None:
    services = _container(laid)
    pair = services.at(service_id) if services is not None else None
    if services is None or pair is None:
        return None
    key, value = pair
    end = value.end if services.flow else extent(laid, key, value)
    return Found(key, value, key.start, end, not services.flow)


def ids(laid: Layout) -> list[str]:
    services = _container(laid)
    return [] if services is None else [key.text for key, _ in services.pairs]


def own_text(laid: Layout, found: Found) -> str:
    """The service alone, its id in column 0, lines ending in `\\n`."""
    start, column = line_start(laid.text, found.start), laid.column(found.start)
    lines = lines_of(laid.text[start : found.end])
    lines[0] = " " * column + lines[0][column:]  # it may begin in the middle of a line
    return "\n".join(moved(lines, -column)) + "\n"


def extent(laid: Layout, key: Piece, value: Piece) -> int:
    """Where an entry of a block ends: with its last line, the comment there included, and the comments below it that
    are indented deeper than its key."""
    text, column = laid.text, laid.column(key.start)
    end = line_end(text, max(value.end, key.end))
    at = next_line(text, end)
    while at < len(text):
        line = line_at(text, at)
        if line.strip() and not (line.lstrip().startswith("#") and indent_of(line) > column):
            break
        if line.strip():
            end = at + len(line)
        at = next_line(text, at)
    return end


def put_in(text: str, blocks: Sequence[Block]) -> str:
    """`text` with more services behind those that are there. Raises `NotEditable`."""
    laid = layout(text)
    services = _container(laid)
    if services is not None and (services.pairs or (laid.root and laid.root.flow)):
        return applied(text, _behind(laid, services, blocks))
    if laid.root is not None and laid.root.flow:
        return applied(text, _section(laid, laid.root, blocks))
    if services is not None:  # braces with nothing in them
        text = text[: services.start].rstrip(" ") + text[services.end :]
        laid = layout(text)
    heading = laid.root.at("services") if laid.root is not None else None
    return _at_the_end(laid, blocks) if heading is None else applied(text, [_below(laid, heading[0], blocks)])


def replace(text: str, blocks: Sequence[Block]) -> str:
    """`text` with the services of those ids written anew, each in its place."""
    laid = layout(text)
    services = _container(laid)
    assert services is not None
    cuts: list[Cut] = []
    for block in blocks:
        found = find(laid, block.id)
        assert found is not None
        column = laid.column(found.start)
        if services.flow:
            cuts.append((found.value.start, found.value.end, as_json(block.given)))
        else:
            lines = newline_of(text).join(moved(block.lines, column)).removeprefix(" " * column)
            cuts.append((found.start, found.end, lines))
    return applied(text, cuts)


def take_out(text: str, service_id: str) -> str:
    """`text` without the service, and without one of two blank lines that would meet."""
    laid = layout(text)
    found, services = find(laid, service_id), _container(laid)
    assert found is not None
    assert services is not None
    if services.flow:
        return applied(text, [take_from(text, services, service_id)])
    start, end = line_start(text, found.start), next_line(text, found.end)
    if end == line_end(text, found.end):  # the last line has no break
        start = len(text[:start].removesuffix("\n").removesuffix("\r"))
    above = line_above(text, start)
    blank_below = end < len(text) and not line_at(text, end).strip()
    is_last = end == len(text) or laid.column(found.start) > indent_of(line_at(text, end))
    if above is not None and not above[1].strip():
        start = above[0] if blank_below or is_last else start
    elif blank_below and not (above is not None and above[1].lstrip().startswith("#")):
        end = next_line(text, end)
    return text[:start] + text[end:]


def _container(laid: Layout) -> Piece | None:
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


def _behind(laid: Layout, services: Piece, blocks: Sequence[Block]) -> list[Cut]:
    """Behind the last service, as far apart as that is from what is above it."""
    if services.flow:
        return put_between(laid.text, services, [written(block.id, block.given) for block in blocks])
    key, value = services.pairs[-1]
    end, newline = extent(laid, key, value), newline_of(laid.text)
    gap = newline * (2 if _is_apart(laid, key) else 1)
    column = laid.column(services.pairs[0][0].start)
    return [(end, end, "".join(gap + newline.join(moved(block.lines, column)) for block in blocks))]


def _section(laid: Layout, root: Piece, blocks: Sequence[Block]) -> list[Cut]:
    """A section of services in a file in braces that has none, or nothing in it."""
    entries = "{" + ", ".join(written(block.id, block.given) for block in blocks) + "}"
    if heading := root.at("services"):
        return [(heading[1].start, heading[1].end, entries)]
    return put_between(laid.text, root, [f'"services": {entries}'])


def _below(laid: Layout, heading: Piece, blocks: Sequence[Block]) -> Cut:
    """Right below `services:`, which has nothing in it yet."""
    newline, column = newline_of(laid.text), laid.column(heading.start) + STEP
    end = line_end(laid.text, heading.end)
    added = "".join(newline + newline.join(moved(block.lines, column)) for block in blocks)
    return end, end, added if end < len(laid.text) else added + newline


def _at_the_end(laid: Layout, blocks: Sequence[Block]) -> str:
    """With a section of services, which the file lacks."""
    text, newline = laid.text, newline_of(laid.text)
    column = laid.column(laid.root.start) if laid.root is not None else 0
    lines = ["services:", *(line for block in blocks for line in moved(block.lines, STEP))]
    before = text.rstrip("\r\n") + newline * 2 if text.strip() else text
    return before + newline.join(moved(lines, column)) + newline


def _is_apart(laid: Layout, key: Piece) -> bool:
    """Whether a blank line stands above the entry and the comments that lead to it."""
    at = line_start(laid.text, key.start)
    while (above := line_above(laid.text, at)) is not None:
        at, line = above
        if not line.strip().startswith("#"):
            return not line.strip()
    return False
