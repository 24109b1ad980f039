"""Services in a pasted text of YAML, in whatever frame they came.

A service in lines of its own keeps them, comments included; one in braces, and one whose lines end in Python's commas,
is written anew from its values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from backend.services.definitions.faults import Report
from backend.services.definitions.layout import Layout, Piece, offsets, strict_layout
from backend.services.definitions.lines import line_start, lines_of, moved
from backend.services.definitions.load import SECTIONS
from backend.services.definitions.nodes import without_commas
from backend.services.definitions.pasted_service import NO_ID, PastedService, not_a_service
from backend.services.definitions.service import SERVICE_KEYS
from backend.services.definitions.source import Unreadable, place_of
from backend.services.definitions.splice import Block, extent
from backend.services.definitions.writing import STEP, service

Pairs = Sequence[tuple[Piece, Piece]]


def read_yaml(text: str, report: Report, service_id: str | None) -> list[PastedService]:
    """Raises `Unreadable` for what is no YAML, or no mapping."""
    laid, tidy = without_commas(strict_layout, text, report.lines, report)
    if laid.root is None or laid.root.kind != "mapping":
        raise Unreadable((1, 1), "this is no service", "Write its id, and below it, indented, its settings")
    if tidy != text:
        _strip_commas(laid.root)
    return _YamlPaste(laid, report, service_id, in_lines=tidy == text).services(laid.root)


class _YamlPaste:
    """`in_lines`: the lines are YAML as they are."""

    def __init__(self, laid: Layout, report: Report, service_id: str | None, *, in_lines: bool) -> None:
        self._laid, self._report, self._id, self._in_lines = laid, report, service_id, in_lines

    def services(self, root: Piece) -> list[PastedService]:
        pairs: Pairs = root.pairs
        section = root.at("services")
        if section is not None and section[1].kind == "mapping":
            self._tell_others([key for key, _ in pairs if key is not section[0]])
            return [self._entry(key, value, section[1].flow) for key, value in section[1].pairs]
        if section is not None and self._laid.value(section[1]) is None:
            pairs = [pair for pair in pairs if pair[0] is not section[0]]
        if pairs and all(key.text in SERVICE_KEYS for key, _ in pairs):
            return self._nameless(pairs, root)
        if any(key.text in SERVICE_KEYS for key, _ in pairs) and not root.flow:
            return self._unindented(pairs)
        self._tell_others([key for key, _ in pairs if key.text in SECTIONS or key.text.startswith("x-")])
        return [self._entry(key, value, root.flow) for key, value in pairs]

    def _tell_others(self, keys: Sequence[Piece]) -> None:
        for key in keys:
            self._report.add("error", self._place(key), *not_a_service(key.text))

    def _place(self, piece: Piece) -> tuple[int, int]:
        return place_of(self._laid.text, piece.start)

    def _entry(self, key: Piece, value: Piece, in_flow: bool) -> PastedService:
        start = line_start(self._laid.text, key.start)
        if in_flow or not self._in_lines or self._laid.text[start : key.start].strip():
            return self._rewritten(key.text, self._place(key), value)
        return self._verbatim(key.text, value, start, extent(self._laid, key, value))

    def _nameless(self, pairs: Pairs, root: Piece) -> list[PastedService]:
        """Settings alone, which belong to the id of the request."""
        if self._id is None:
            self._report.add("error", self._place(root), *NO_ID)
            return []
        return [self._below(self._id, pairs)]

    def _unindented(self, pairs: Pairs) -> list[PastedService]:
        """Ids without a value, with their settings below them instead of in them."""
        heads = [number for number, pair in enumerate(pairs) if self._is_head(*pair)]
        if heads[:1] != [0]:
            raise Unreadable(self._place(pairs[0][0]), *NO_ID)
        found: list[PastedService] = []
        for head, following in zip(heads, [*heads[1:], len(pairs)], strict=True):
            key, value = pairs[head]
            settings = pairs[head + 1 : following]
            found.append(self._below(key.text, settings) if settings else self._entry(key, value, in_flow=False))
        return found

    def _is_head(self, key: Piece, value: Piece) -> bool:
        return key.text not in SERVICE_KEYS and (value.kind == "mapping" or self._laid.value(value) is None)

    def _below(self, name: str, settings: Pairs) -> PastedService:
        """A service whose id stands above its settings, or nowhere."""
        (first, _), last = settings[0], settings[-1]
        own = Piece("mapping", first.start, last[1].end, pairs=list(settings))
        start = line_start(self._laid.text, first.start)
        if not self._in_lines or self._laid.text[start : first.start].strip():
            return self._rewritten(name, self._place(first), own)
        bare = self._verbatim(name, own, start, extent(self._laid, *last))
        lines = [*service(name, {"": ""}, 0)[:1], *moved(bare.block.lines, STEP)]
        block = replace(bare.block, lines=lines)
        return replace(bare, block=block, first_line=(bare.first_line or 1) - 1, column=bare.column - STEP)

    def _rewritten(self, name: str, at: tuple[int, int], value: Piece) -> PastedService:
        for key in _repeated(value):
            message = f"the key `{key.text}` is repeated"
            self._report.add("error", self._place(key), message, "Remove one of the two")
        for alias in self._open_aliases(value):
            message = f"`*{alias.text}` refers to an anchor that is not in this text"
            self._report.add("error", self._place(alias), message, "Write out what it stands for")
        given = self._laid.pairs(value)
        return PastedService(Block(name, service(name, given, 0), given), at, self._places(value))

    def _places(self, value: Piece) -> dict[str, tuple[int, int]]:
        return {path: place_of(self._laid.text, index) for path, index in offsets(value)}

    def _verbatim(self, name: str, value: Piece, start: int, end: int) -> PastedService:
        text = self._laid.text
        column = len(text[start:end]) - len(text[start:end].lstrip(" "))
        start = _leading_comments(text, start, column)
        lines = moved(lines_of(text[start:end]), -column)
        is_whole = not any(True for _ in self._open_aliases(value))
        block = Block(name, lines, self._laid.pairs(value) if is_whole else None)
        first = place_of(text, start)[0]
        return PastedService(block, (first, column + 1), self._places(value), first, column)

    def _open_aliases(self, piece: Piece) -> Iterator[Piece]:
        """Aliases of anchors that are elsewhere, maybe in the file."""
        for one in _all(piece):
            if one.kind == "alias" and one.text not in self._laid.anchors:
                yield one


def _all(piece: Piece) -> Iterator[Piece]:
    yield piece
    for one in [*(part for pair in piece.pairs for part in pair), *piece.items]:
        yield from _all(one)


def _repeated(piece: Piece) -> Iterator[Piece]:
    for one in _all(piece):
        keys = [key.text for key, _ in one.pairs]
        yield from (key for number, (key, _) in enumerate(one.pairs) if key.text in keys[:number] and key.text != "<<")


def _strip_commas(piece: Piece) -> None:
    """Where some lines end in a comma as in Python, no plain word at the end of another needs one."""
    for one in _all(piece):
        if one.kind == "scalar" and not one.quoted:
            one.text = one.text.rstrip(",")


def _leading_comments(text: str, start: int, column: int) -> int:
    """Where the comments begin that stand right above a line and in its column."""
    while start:
        above = line_start(text, start - 1)
        if not text[above:start].startswith(" " * column + "#"):
            break
        start = above
    return start
