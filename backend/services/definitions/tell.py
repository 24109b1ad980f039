"""Faults of an edit, each at the place where a person can mend it: in what was pasted, or else in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.core.secrets import HIDDEN
from backend.services.definitions.faults import Fault
from backend.services.definitions.layout import Layout, Piece, layout, offsets
from backend.services.definitions.load import Loaded
from backend.services.definitions.pasted import Pasted
from backend.services.definitions.pasted_service import PastedService
from backend.services.definitions.source import Unreadable, place_of
from backend.services.definitions.splice import Found, find

Source = Literal["text", "file"]


@dataclass(frozen=True, slots=True)
class Told:
    """`source` says what `line` and `column` are of: the pasted text, or the file as it would be."""

    fault: Fault
    source: Source

    def as_json(self) -> dict[str, Any]:
        return {**self.fault.as_json(), "source": self.source}


def told(faults: Sequence[Fault], source: Source) -> tuple[Told, ...]:
    return tuple(Told(fault, source) for fault in faults)


def told_of(after: Loaded, text: str, pasted: Pasted) -> tuple[Told, ...]:
    """The faults of the services that were put into `text`, and whatever else is an error now."""
    blocks = _blocks(text, pasted)
    faults = [*after.faults, *_masked(text, blocks)]
    found = [_told(fault, blocks, pasted.lines) for fault in faults]
    return tuple(one for one in found if one.source == "text" or one.fault.severity == "error" or _of(one, blocks))


@dataclass(frozen=True, slots=True)
class _Block:
    """A pasted service in the file: its lines from `first` to `last`, indented by `column`."""

    pasted: PastedService
    found: Found
    first: int
    last: int
    column: int

    def holds(self, fault: Fault) -> bool:
        path = f"services.{self.pasted.block.id}"
        if fault.path == path or fault.path.startswith(f"{path}."):
            return self.first <= fault.line <= self.last
        return not fault.path.startswith("services.") and self.found.in_lines and self.first <= fault.line <= self.last

    def origin(self, fault: Fault) -> tuple[int, int]:
        below = fault.path.removeprefix(f"services.{self.pasted.block.id}").removeprefix(".")
        if self.found.in_lines:
            head = next(number for number, line in enumerate(self.pasted.block.lines) if not line.startswith("#"))
            place = self.pasted.by_lines(fault.line - self.first + head, fault.column - 1 - self.column)
            if place is not None:
                return place
        return self.pasted.by_path(below)


def _blocks(text: str, pasted: Pasted) -> list[_Block]:
    try:
        laid = layout(text)
    except Unreadable:
        return []
    return [_block(laid, one, found) for one in pasted.services if (found := find(laid, one.block.id))]


def _block(laid: Layout, pasted: PastedService, found: Found) -> _Block:
    start, column = place_of(laid.text, found.start)
    return _Block(pasted, found, start, place_of(laid.text, found.end)[0], column - 1)


def _of(one: Told, blocks: Sequence[_Block]) -> bool:
    return any(block.holds(one.fault) for block in blocks)


def _told(fault: Fault, blocks: Sequence[_Block], lines: Sequence[str]) -> Told:
    block = next((one for one in blocks if one.holds(fault)), None)
    if block is None or not lines:
        return Told(fault, "file")
    line, column = block.origin(fault)
    line = min(line, len(lines))
    return Told(replace(fault, line=line, column=column, excerpt=lines[line - 1].strip()[:200]), "text")


def _masked(text: str, blocks: Sequence[_Block]) -> Iterator[Fault]:
    """What is shown in place of a secret must not take its place in the file."""
    for block in blocks:
        places = dict(offsets(block.found.value))
        for path, piece in _scalars(block.found.value):
            if HIDDEN in piece.text:
                line, column = place_of(text, places[path])
                message = f"`{HIDDEN}` is shown in place of a secret, and is not its value"
                hint = "Write ${env:NAME} for a variable of the daemon, or the value itself"
                yield Fault("error", line, column, f"services.{block.pasted.block.id}.{path}", message, hint, "")


def _scalars(piece: Piece, path: str = "") -> Iterator[tuple[str, Piece]]:
    for key, value in piece.pairs:
        yield from _scalars(value, f"{path}.{key.text}" if path else key.text)
    for number, item in enumerate(piece.items):
        yield from _scalars(item, f"{path}[{number}]")
    if piece.kind == "scalar" and path:
        yield path, piece
