"""The block of metadata that a Python script may begin with (PEP 723), and what stands where in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from backend.services.definitions.nodes import IMPLICIT
from backend.services.definitions.source import Unreadable

TABLE = "control-center"
HEAD = 65_536  # bytes of a script, among which its block must be
_BLOCK = re.compile(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
_HEADER = re.compile(r"\s*\[(\[)?\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")

Way = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`toml` as it stands without its `#`; `line` counts from 0 and is its first one's in the script."""

    toml: str
    line: int

    def values(self) -> dict[str, Any]:
        """Raises `Unreadable` for what is no TOML."""
        try:
            return tomllib.loads(self.toml)
        except tomllib.TOMLDecodeError as error:
            message = f"the block of metadata is not TOML: {_AT.sub('', str(error)).strip()}"
            raise Unreadable(
                self._place(str(error)), message, "Texts stand in double quotes; compare it with docs/modules.md"
            ) from None

    def _place(self, said: str) -> tuple[int, int]:
        found = _AT.search(said)
        return (self.line + int(found.group(1)), int(found.group(2)) + 2) if found else (self.line + 1, 1)


def head(script: Path) -> str:
    """How a script begins, whatever its line ends are and whatever else it is. Raises `OSError`."""
    with script.open("rb") as file:
        return file.read(HEAD).decode("utf-8-sig", "replace").replace("\r\n", "\n")


def block(text: str) -> Block | None:
    """The block of a script; None where it has none."""
    found = _BLOCK.search(text)
    if found is None:
        return None
    toml = "".join(line[2:] if line.startswith("# ") else line[1:] for line in found["content"].splitlines(True))
    return Block(toml, text.count("\n", 0, found.start("content")))


def dependencies(text: str) -> bool:
    """Whether a script says that it needs packages. A block that cannot be read says nothing."""
    found = block(text)
    try:
        return found is not None and bool(found.values().get("dependencies"))
    except Unreadable:
        return False


def own_table(found: Block) -> Node | None:
    """`[tool.control-center]` as nodes with their lines; None where there is none. Raises `Unreadable`."""
    tools = found.values().get("tool")
    table = tools.get(TABLE) if isinstance(tools, dict) else None
    if table is None:
        return None
    return _node(table, ("tool", TABLE), _places(found), (found.line, 0))


def _places(found: Block) -> Mapping[Way, tuple[int, int]]:
    """Where each key begins, line and column from 0; tables of a list are numbered."""
    places: dict[Way, tuple[int, int]] = {}
    table: Way = ()
    counts: dict[Way, int] = {}
    for number, text in enumerate(found.toml.splitlines(), found.line):
        if header := _HEADER.match(text):
            table = _way(header.group(2))
            if header.group(1):
                places.setdefault(table, (number, 2))
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            places.setdefault(table, (number, 2))
        elif key := _KEY.match(text):
            places.setdefault((*table, *_way(key.group(1))), (number, key.start(1) + 2))
    return places


def _way(dotted: str) -> Way:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _node(value: Any, way: Way, places: Mapping[Way, tuple[int, int]], above: tuple[int, int]) -> Node:
    line, column = places.get(way, above)
    mark = yaml.Mark("", 0, line, column, None, 0)
    if isinstance(value, dict):
        pairs = []
        for name, part in value.items():
            node = _node(part, (*way, name), places, (line, column))
            pairs.append((ScalarNode(IMPLICIT, name, node.start_mark, node.start_mark), node))
        return MappingNode(IMPLICIT, pairs, mark, mark)
    if isinstance(value, list):
        items = [_node(part, (*way, number), places, (line, column)) for number, part in enumerate(value)]
        return SequenceNode(IMPLICIT, items, mark, mark)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return ScalarNode(IMPLICIT, text, mark, mark, style='"' if isinstance(value, str) else None)
