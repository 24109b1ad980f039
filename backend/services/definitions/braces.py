"""Entries of a mapping in braces, put in and taken out: a file that is JSON stays JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backend.services.definitions.layout import Piece
from backend.services.definitions.lines import line_end, line_start, newline_of, next_line

Cut = tuple[int, int, str]
"""From, to, and what comes there."""


def applied(text: str, cuts: Sequence[Cut]) -> str:
    """`text` with all cuts made; they must not overlap."""
    for start, end, new in sorted(cuts, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def written(name: str, value: Mapping[str, Any]) -> str:
    return f"{json.dumps(name)}: {as_json(value)}"


def as_json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def put_between(text: str, mapping: Piece, entries: Sequence[str]) -> list[Cut]:
    """Behind the last entry of a mapping; in lines of their own where that is in one of its own."""
    return put_behind(text, mapping.pairs[-1], entries) if mapping.pairs else [
        (mapping.start + 1, mapping.start + 1, ", ".join(entries))
    ]  # fmt: skip


def put_behind(text: str, last: tuple[Piece, Piece], entries: Sequence[str]) -> list[Cut]:
    """Behind an entry that is the last one that stays."""
    _, value = last
    line = _own_line(text, last)
    if line is None:
        return [(value.end, value.end, "".join(f", {entry}" for entry in entries))]
    gap = newline_of(text) + text[line.start : last[0].start]
    if line.comma:
        return [(line.end, line.end, "".join(f"{gap}{entry}," for entry in entries))]
    added = gap + f",{gap}".join(entries)
    if line.end == value.end:
        return [(value.end, value.end, f",{added}")]
    return [(value.end, value.end, ","), (line.end, line.end, added)]


def take_from(text: str, mapping: Piece, name: str) -> Cut:
    """The entry and its comma; the whole line where it has one of its own."""
    place = next(number for number, (key, _) in enumerate(mapping.pairs) if key.text == name)
    key, value = mapping.pairs[place]
    before = mapping.pairs[place - 1][1].end if place else mapping.start
    line = _own_line(text, mapping.pairs[place])
    if line is not None and (line.comma or "#" in text[before : key.start]):
        return line.start, next_line(text, line.end), ""
    if place + 1 < len(mapping.pairs):
        return key.start, mapping.pairs[place + 1][0].start, ""
    if place:
        return before, value.end, ""
    comma = re.compile(r"\s*,").match(text, value.end)
    return key.start, comma.end() if comma else value.end, ""


class _Line(NamedTuple):
    start: int
    end: int
    comma: bool


def _own_line(text: str, pair: tuple[Piece, Piece]) -> _Line | None:
    """The line or lines of an entry that shares them with none."""
    start = line_start(text, pair[0].start)
    rest = re.compile(r"[ \t]*(,?)[ \t]*(?:#[^\r\n]*)?").match(text, pair[1].end)
    assert rest is not None
    if text[start : pair[0].start].strip() or rest.end() != line_end(text, pair[1].end):
        return None
    return _Line(start, rest.end(), bool(rest.group(1)))
