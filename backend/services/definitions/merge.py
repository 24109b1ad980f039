"""A service's settings changed one by one: what stays the same stays as it is written, comments and order included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backend.services.definitions import splice
from backend.services.definitions.braces import Cut, applied, put_behind, take_from
from backend.services.definitions.layout import Layout, Piece, layout
from backend.services.definitions.lines import line_start, newline_of, next_line
from backend.services.definitions.source import Unreadable
from backend.services.definitions.splice import Block, find
from backend.services.definitions.writing import STEP, block, entry, inline


def change(text: str, new: Block) -> str:
    """`text` with that service's settings as given. Where its lines cannot be kept, it is written anew."""
    laid = layout(text)
    found = find(laid, new.id)
    assert found is not None
    wanted = {key: value for key, value in (new.value or {}).items() if value is not None}
    if found.value.kind == "mapping" and found.value.pairs and wanted:
        cuts = _cuts(laid, found.value, wanted)
        if cuts is not None and _value_of(changed := applied(text, cuts), new.id) == wanted:
            return changed
    return splice.replace(text, [new])


def _value_of(text: str, service_id: str) -> Mapping[str, Any] | None:
    try:
        laid = layout(text)
    except Unreadable:
        return None
    found = find(laid, service_id)
    if found is None or found.value.kind != "mapping":
        return None
    return {key: value for key, value in laid.pairs(found.value).items() if value is not None}


def _cuts(laid: Layout, mapping: Piece, wanted: Mapping[str, Any]) -> list[Cut] | None:
    """What to cut so that the mapping says what is wanted; None where none of its keys could stay."""
    have, inherited = laid.pairs(mapping), laid.merged(mapping)
    gone = {name for name in have if name not in wanted and have[name] is not None}
    fresh = {name: value for name, value in wanted.items() if mapping.at(name) is None and have.get(name) != value}
    fresh.update({name: None for name in gone if name in inherited and mapping.at(name) is None})
    staying = [pair for pair in mapping.pairs if pair[0].text not in gone or pair[0].text in inherited]
    if not staying:
        return None
    if mapping.flow and len(gone) > 1 and _is_bare(laid, mapping):
        return [(mapping.start, mapping.end, _inline(laid, wanted))]
    cuts: list[Cut] = []
    for key, value in mapping.pairs:
        if key.text in gone:
            shadow = key.text in inherited
            cuts.append(_put(laid, key, value, None) if shadow else _take(laid, mapping, key, value))
        elif key.text in wanted and have[key.text] != wanted[key.text]:
            cuts += _changed(laid, key, value, wanted[key.text])
    return cuts + _added(laid, mapping, staying[-1], fresh) if fresh else cuts


def _is_bare(laid: Layout, mapping: Piece) -> bool:
    """Braces with nothing in them but values: no comment, no anchor, no merge key, all in one line."""
    written = laid.text[mapping.start : mapping.end]
    return not any(sign in written for sign in "#&*<\r\n")


def _changed(laid: Layout, key: Piece, value: Piece, wanted: Any) -> list[Cut]:
    if value.kind == "mapping" and value.pairs and isinstance(wanted, Mapping) and wanted:
        cuts = _cuts(laid, value, wanted)
        if cuts is not None:
            return cuts
    return [_put(laid, key, value, wanted)]


def _put(laid: Layout, key: Piece, value: Piece, wanted: Any) -> Cut:
    """The value in its place; a list in lines of its own stays so where it is not empty."""
    written = _inline(laid, wanted)
    if value.start == value.end:
        return value.start, value.end, f" {written}"
    if value.flow or value.kind not in {"list", "mapping"}:
        return value.start, value.end, written
    column = laid.column(value.start)
    if isinstance(wanted, (list, tuple)) and wanted and value.kind == "list":
        lines = newline_of(laid.text).join(block(wanted, column)).removeprefix(" " * column)
        return value.start, value.end, lines
    margin = " " * STEP if column <= laid.column(key.start) else ""
    return value.start, value.end, margin + written


def _take(laid: Layout, mapping: Piece, key: Piece, value: Piece) -> Cut:
    """Without the entry: its lines in a block, its part of the line and its comma in braces."""
    text = laid.text
    if mapping.flow:
        return take_from(text, mapping, key.text)
    end = splice.extent(laid, key, value)
    if text[line_start(text, key.start) : key.start].strip():
        return key.start, end, ""
    return line_start(text, key.start), next_line(text, end), ""


def _added(laid: Layout, mapping: Piece, last: tuple[Piece, Piece], fresh: Mapping[str, Any]) -> list[Cut]:
    """Behind the last entry that stays."""
    if mapping.flow:
        return put_behind(laid.text, last, [f"{_inline(laid, name)}: {_inline(laid, fresh[name])}" for name in fresh])
    newline, column = newline_of(laid.text), laid.column(mapping.pairs[0][0].start)
    end = splice.extent(laid, *last)
    lines = [line for name, value in fresh.items() for line in entry(name, value, column)]
    return [(end, end, newline + newline.join(lines))]


def _inline(laid: Layout, value: Any) -> str:
    """As JSON in a file that is in braces as a whole."""
    is_json = laid.root is not None and laid.root.flow
    return json.dumps(value, ensure_ascii=False) if is_json else inline(value)
