"""A service's settings changed one by one: what stays the same stays as it is written, comments and order included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.services.definitions import splice
from backend.services.definitions.braces import Cut, applied
from backend.services.definitions.layout import Layout, Piece, layout
from backend.services.definitions.lines import line_start, newline_of, next_line
from backend.services.definitions.splice import Block, find
from backend.services.definitions.writing import STEP, block, entry, inline, scalar


def change(text: str, new: Block) -> str:
    """`text` with that service's settings as given. Where its lines cannot be kept, it is written anew."""
    laid = layout(text)
    found = find(laid, new.id)
    assert found is not None
    wanted = {key: value for key, value in (new.value or {}).items() if value is not None}
    if found.value.kind == "mapping" and found.value.pairs and wanted:
        changed = applied(text, _cuts(laid, found.value, wanted))
        if _value_of(changed, new.id) == wanted:
            return changed
    return splice.replace(text, [new])


def _value_of(text: str, service_id: str) -> Mapping[str, Any] | None:
    try:
        laid = layout(text)
    except Exception:  # whatever the parser says of it, it is not what was wanted
        return None
    found = find(laid, service_id)
    if found is None or found.value.kind != "mapping":
        return None
    return {key: value for key, value in laid.pairs(found.value).items() if value is not None}


def _cuts(laid: Layout, mapping: Piece, wanted: Mapping[str, Any]) -> list[Cut]:
    """What to cut so that the mapping, which is not empty, says what is wanted."""
    have, inherited = laid.pairs(mapping), laid.merged(mapping)
    gone = [name for name in have if name not in wanted and have[name] is not None]
    fresh = {name: value for name, value in wanted.items() if mapping.at(name) is None and have.get(name) != value}
    fresh.update({name: None for name in gone if name in inherited and mapping.at(name) is None})
    if mapping.flow and len(gone) > 1 and not inherited and mapping.anchor is None:
        return [(mapping.start, mapping.end, inline(wanted))]
    cuts: list[Cut] = []
    for key, value in mapping.pairs:
        if key.text in gone:
            shadow = key.text in inherited
            cuts.append(_put(laid, key, value, None) if shadow else _take(laid, mapping, key, value))
        elif key.text in wanted and have[key.text] != wanted[key.text]:
            cuts += _changed(laid, key, value, wanted[key.text])
    if fresh:
        cuts.append(_added(laid, mapping, fresh))
    return cuts


def _changed(laid: Layout, key: Piece, value: Piece, wanted: Any) -> list[Cut]:
    if value.kind == "mapping" and value.pairs and isinstance(wanted, Mapping) and wanted:
        return _cuts(laid, value, wanted)
    return [_put(laid, key, value, wanted)]


def _put(laid: Layout, key: Piece, value: Piece, wanted: Any) -> Cut:
    """The value in its place; a list or mapping in lines of its own stays so where it is not empty."""
    if value.start == value.end:
        return value.start, value.end, f" {inline(wanted)}"
    is_block = value.kind in ("list", "mapping") and not value.flow
    column = laid.column(value.start)
    if not is_block:
        return value.start, value.end, inline(wanted)
    if isinstance(wanted, (list, tuple)) and wanted and value.kind == "list":
        lines = newline_of(laid.text).join(block(wanted, column)).removeprefix(" " * column)
        return value.start, value.end, lines
    margin = " " * STEP if column <= laid.column(key.start) else ""
    return value.start, value.end, margin + inline(wanted)


def _take(laid: Layout, mapping: Piece, key: Piece, value: Piece) -> Cut:
    """Without the entry: its lines in a block, its part of the line and its comma in braces."""
    text = laid.text
    if not mapping.flow:
        end = splice.extent(laid, key, value)
        if text[line_start(text, key.start) : key.start].strip():
            return key.start, end, ""
        return line_start(text, key.start), next_line(text, end), ""
    number = next(number for number, pair in enumerate(mapping.pairs) if pair[0] is key)
    if number + 1 < len(mapping.pairs):
        return key.start, mapping.pairs[number + 1][0].start, ""
    return mapping.pairs[number - 1][1].end if number else key.start, value.end, ""


def _added(laid: Layout, mapping: Piece, fresh: Mapping[str, Any]) -> Cut:
    last = mapping.pairs[-1]
    if mapping.flow:
        written = "".join(f", {scalar(name)}: {inline(value)}" for name, value in fresh.items())
        return last[1].end, last[1].end, written
    newline, column = newline_of(laid.text), laid.column(mapping.pairs[0][0].start)
    end = splice.extent(laid, *last)
    lines = [line for name, value in fresh.items() for line in entry(name, value, column)]
    return end, end, newline + newline.join(lines)
