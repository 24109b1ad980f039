"""What stands where in a text of definitions: each key and value with the characters that it takes, in order.

A graph of nodes says what a file means; a layout says how it is written, which is what an edit must keep. It comes from
the same parser. Aliases stay aliases, comments belong to nobody, and nothing here says whether a definition is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import yaml

from backend.services.definitions.faults import Report
from backend.services.definitions.lines import line_start
from backend.services.definitions.nodes import MAX_DEPTH, Loader, without_commas
from backend.services.definitions.source import Unreadable

Kind = Literal["scalar", "mapping", "list", "alias"]
Anchors = Mapping[str, "Piece"]

_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d{0,15})")
_DECIMAL = re.compile(r"[-+]?\d{1,15}\.\d{1,15}")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL", "None"), None),
}
_RAW = re.compile(r"[rR]([\"'])(.*)\1")


@dataclass(slots=True)
class Piece:
    """One value. `start` and `end` count characters of the text, an anchor and a tag included; a block ends with its
    last value. `text` is a scalar's content, or the name that an alias refers to."""

    kind: Kind
    start: int
    end: int
    text: str = ""
    quoted: bool = False
    flow: bool = False  # in brackets or braces
    anchor: str | None = None
    pairs: list[tuple[Piece, Piece]] = field(default_factory=list)
    items: list[Piece] = field(default_factory=list)

    def at(self, name: str) -> tuple[Piece, Piece] | None:
        """The key and the value of a name, without what merge keys bring."""
        return next((pair for pair in self.pairs if pair[0].text == name), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """`root` is None where nothing but comments is there."""

    text: str
    root: Piece | None
    anchors: Anchors

    def value(self, piece: Piece) -> Any:
        """As JSON: plain words that are numbers, true, false or nothing become that, merge keys are filled in."""
        if piece.kind == "alias":
            target = self.anchors.get(piece.text)
            return None if target is None else self.value(target)
        if piece.kind == "list":
            return [self.value(item) for item in piece.items]
        return self.pairs(piece) if piece.kind == "mapping" else _scalar(piece)

    def pairs(self, piece: Piece) -> dict[str, Any]:
        """The keys of a mapping, those of its merge keys behind its own."""
        own = {key.text: self.value(value) for key, value in piece.pairs if not _is_merge(key)}
        return {**own, **{name: value for name, value in self.merged(piece).items() if name not in own}}

    def merged(self, piece: Piece) -> dict[str, Any]:
        """What the merge keys of a mapping bring, its own keys left out of account."""
        found: dict[str, Any] = {}
        for _, value in (pair for pair in piece.pairs if _is_merge(pair[0])):
            for source in value.items if value.kind == "list" else [value]:
                given = self.value(source)
                found = {**(given if isinstance(given, dict) else {}), **found}
        return found

    def column(self, index: int) -> int:
        """How many characters stand before this one in its line."""
        return index - line_start(self.text, index)


def layout(text: str) -> Layout:
    """Commas behind blocks are forgiven, as by the loader. Raises `Unreadable`."""
    lines = text.splitlines()
    laid, _ = without_commas(strict_layout, text, lines, Report(lines))
    return replace(laid, text=text)


def strict_layout(text: str, loader: Any = Loader) -> Layout:
    """Raises `yaml.YAMLError` as the parser does, and `Unreadable` for a second document or a bottomless nesting."""
    parsed = text.replace("\t", " ") if text.lstrip().startswith("{") else text
    reader = _Reader(parsed, loader)
    return Layout(text, reader.document(), reader.anchors)


class _Reader:
    """Builds pieces from the parser's events."""

    def __init__(self, text: str, loader: Any) -> None:
        self._text = text
        self._events = _events(loader(text))
        self.anchors: dict[str, Piece] = {}

    def document(self) -> Piece | None:
        root: Piece | None = None
        event: Any
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                if root is not None:
                    raise _refused(event, "a second document begins here", "Remove the line with --- before it")
                root = self._piece(event, 0)
        return root

    def _piece(self, event: Any, depth: int) -> Piece:
        if depth > MAX_DEPTH:
            raise _refused(event, f"blocks are nested deeper than {MAX_DEPTH} here", "Is a bracket missing before it?")
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return Piece("alias", start, end, str(event.anchor))
        if isinstance(event, yaml.ScalarEvent):
            piece = Piece("scalar", start, end, event.value, quoted=bool(event.style))
            if event.style in ("|", ">"):
                piece.end = start + len(self._text[start:end].rstrip())
        else:
            piece = self._collection(event, depth)
        if event.anchor:
            piece.anchor = event.anchor
            self.anchors[event.anchor] = piece
        return piece

    def _collection(self, event: Any, depth: int) -> Piece:
        kind: Kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
        piece = Piece(
            kind, event.start_mark.index, event.end_mark.index, flow=bool(getattr(event, "flow_style", False))
        )
        inside: list[Piece] = []
        for part in self._events:
            if isinstance(part, yaml.CollectionEndEvent):
                closing: Any = part.end_mark
                piece.end = closing.index if piece.flow or not inside else inside[-1].end
                break
            inside.append(self._piece(part, depth + 1))
        if kind == "mapping":
            piece.pairs = list(zip(inside[::2], inside[1::2], strict=True))
        else:
            piece.items = inside
        return piece


def _events(parser: Any) -> Iterator[Any]:
    while (event := parser.get_event()) is not None:
        yield event


def _refused(event: Any, message: str, hint: str) -> Unreadable:
    return Unreadable((event.start_mark.line + 1, event.start_mark.column + 1), message, hint)


def _is_merge(key: Piece) -> bool:
    return key.text == "<<" and not key.quoted


def _scalar(piece: Piece) -> Any:
    if piece.quoted:
        return piece.text
    if piece.text in _WORDS:
        return _WORDS[piece.text]
    if _WHOLE.fullmatch(piece.text):
        return int(piece.text)
    if _DECIMAL.fullmatch(piece.text):
        return float(piece.text)
    raw = _RAW.fullmatch(piece.text)
    return raw.group(2) if raw else piece.text


def offsets(piece: Piece, path: str = "") -> Iterator[tuple[str, int]]:
    """Where each value below this one begins, by its path (`env.KEY`, `command[0]`); a block begins at its key."""
    for key, value in piece.pairs:
        below = f"{path}.{key.text}" if path else key.text
        yield below, value.start if value.flow or value.kind == "scalar" else key.start
        yield from offsets(value, below)
    for number, item in enumerate(piece.items):
        yield f"{path}[{number}]", item.start
        yield from offsets(item, f"{path}[{number}]")
