"""Entries of a mapping in braces, put in and taken out: a file that is JSON stays JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from backend.services.definitions.layout import Piece
from backend.services.definitions.lines import line_start, newline_of

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


def put_between(text: str, mapping: Piece, entries: Sequence[str]) -> Cut:
    """Behind the last entry; on lines of their own where that is on one of its own."""
    if not mapping.pairs:
        return mapping.start + 1, mapping.start + 1, ", ".join(entries)
    key, value = mapping.pairs[-1]
    margin = text[line_start(text, key.start) : key.start]
    gap = f",{newline_of(text)}{margin}" if margin and not margin.strip() else ", "
    return value.end, value.end, "".join(gap + entry for entry in entries)


def take_from(text: str, mapping: Piece, name: str) -> Cut:
    """The entry and its comma."""
    place = next(number for number, (key, _) in enumerate(mapping.pairs) if key.text == name)
    key, value = mapping.pairs[place]
    if place + 1 < len(mapping.pairs):
        return key.start, mapping.pairs[place + 1][0].start, ""
    if place:
        return mapping.pairs[place - 1][1].end, value.end, ""
    comma = re.compile(r"\s*,").match(text, value.end)
    return key.start, comma.end() if comma else value.end, ""
