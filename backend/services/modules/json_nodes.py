"""JSON text as the nodes that definitions are read from, so that what is wrong in it has a line and a column.

The reader of YAML does not do: it takes no surrogate pairs, which is how JSON writes emoji.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]  # in C, and not in the type stubs

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from backend.services.definitions.nodes import IMPLICIT, MAX_DEPTH
from backend.services.definitions.source import Unreadable

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")


def compose_json(text: str) -> Node:
    """The root node: texts are quoted scalars, all other values plain ones. Raises `Unreadable`."""
    return _Composer(text).document()


class _Composer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._at = 0

    def document(self) -> Node:
        root = self._value(0)
        if self._next():
            raise self._unreadable("something follows the value that the file is", "Remove it")
        return root

    def _next(self) -> str:
        """The first character behind white space; empty at the end."""
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _mark(self, index: int) -> yaml.Mark:
        line = bisect_right(self._starts, index) - 1
        return yaml.Mark("", index, line, index - self._starts[line], None, 0)

    def _unreadable(self, message: str, hint: str) -> Unreadable:
        mark = self._mark(min(self._at, len(self._text)))
        return Unreadable((mark.line + 1, mark.column + 1), message, hint)

    def _value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._unreadable(f"this is nested deeper than {MAX_DEPTH}", "Is a bracket missing before it?")
        character, start = self._next(), self._at
        if character == '"':
            return self._string()
        if character == "{":
            pairs = self._members(depth)
            return MappingNode(IMPLICIT, pairs, self._mark(start), self._mark(self._at))
        if character == "[":
            items = self._items(depth)
            return SequenceNode(IMPLICIT, items, self._mark(start), self._mark(self._at))
        found = _WORD.match(self._text, self._at)
        if found is None:
            raise self._unreadable("here should be a value of JSON", "Texts stand in double quotes: a comma too many?")
        self._at = found.end()
        return ScalarNode(IMPLICIT, found.group(), self._mark(start), self._mark(self._at))

    def _string(self) -> ScalarNode:
        start = self._at
        try:
            value, self._at = scanstring(self._text, start + 1, False)
        except ValueError as error:
            raise self._unreadable(f"this text is not JSON: {str(error).split(':')[0]}", "Check its quotes") from None
        whole = value.encode(errors="replace").decode()  # JSON can write half a character, which nothing else can
        return ScalarNode(IMPLICIT, whole, self._mark(start), self._mark(self._at), style='"')

    def _members(self, depth: int) -> list[tuple[Node, Node]]:
        pairs: list[tuple[Node, Node]] = []
        while self._goes_on("}", bool(pairs)):
            if self._next() != '"':
                raise self._unreadable("here should be a key in double quotes", "Is there a comma too many before it?")
            key = self._string()
            self._take(":")
            pairs.append((key, self._value(depth + 1)))
        return pairs

    def _items(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while self._goes_on("]", bool(items)):
            items.append(self._value(depth + 1))
        return items

    def _goes_on(self, closing: str, begun: bool) -> bool:
        """Whether another member or item comes; takes the bracket or the comma before it."""
        if not begun:
            self._at += 1
        if self._next() == closing:
            self._at += 1
            return False
        if begun:
            self._take(",")
        return True

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise self._unreadable(f"here should be `{sign}`", f"Add the {sign} or close what is open")
        self._at += 1
