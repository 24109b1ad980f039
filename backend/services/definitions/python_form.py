"""Services in the form of a Python configuration, read without running any of it.

Literals are taken as they are, and so is what only joins literals: sums and f-strings, `os.path.join` and
`Path(...) / "x"`, names that the same text gives a value. `os.getenv("X")` becomes `${env:X}`. Anything else that
Python would have to work out is a fault that says what to write. JSON is read here too: only its words and escapes
differ.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from backend.services.definitions.faults import Report
from backend.services.definitions.lines import lines_of
from backend.services.definitions.python_paths import PathText, called, joined, variable
from backend.services.definitions.python_text import PythonText

_JSON_WORDS = {"true": True, "false": False, "null": None}
_ESCAPED_PATH = re.compile(r"(?!.?[rR])[bBuUfF]*([\"']{1,3})[A-Za-z]:.*?(?<!\\)(?:\\\\)*\\[abfnrtvxuUN0-7]", re.DOTALL)
UNKNOWN = object()
"""Stands for a value about which a fault has been told."""


@dataclass(slots=True)
class Written:
    """A value with where it stands in the text: line and column from 1."""

    value: Any
    at: tuple[int, int]
    parts: dict[str, Written] = field(default_factory=dict)  # of a dictionary

    def places(self, node_path: str = "") -> Iterator[tuple[str, tuple[int, int]]]:
        for name, part in self.parts.items():
            path = f"{node_path}.{name}" if node_path else name
            yield path, part.at
            yield from part.places(path)


class PythonReader:
    """Values of expressions; what is wrong goes to the report."""

    def __init__(self, text: str, parsed: PythonText, report: Report) -> None:
        self.report = report
        self._lines = lines_of(text)
        self._names, self._shift = parsed.names, parsed.shift
        self._is_json = _is_json(text)
        self._open: set[str] = set()

    def at(self, node: ast.AST) -> tuple[int, int]:
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        shift = self._shift[0] if line == 1 or self._shift[1] else 0
        written = self._lines[line - 1] if line <= len(self._lines) else ""
        column = len(written.encode()[: max(0, offset - shift)].decode("utf-8", "replace"))
        return line, column + 1

    def fault(self, node: ast.AST, message: str, hint: str) -> Any:
        self.report.add("error", self.at(node), message, hint)
        return UNKNOWN

    def read(self, node: ast.expr) -> Written:
        if isinstance(node, ast.Dict):
            return self._dictionary(node)
        return Written(self.value(node), self.at(node))

    def _dictionary(self, node: ast.Dict) -> Written:
        written = Written({}, self.at(node))
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self._unpacked(value, written)
            elif not isinstance(key, ast.Constant) or not isinstance(key.value, (str, int)):
                self.fault(key, "a key must be text", 'Write it in quotes: "name"')
            elif str(key.value) in written.value:
                line = written.parts[str(key.value)].at[0]
                self.fault(key, f"the key `{key.value}` is repeated", f"It stands in line {line} already: remove one")
            else:
                part = self.read(value)
                written.parts[str(key.value)] = part
                written.value[str(key.value)] = part.value
        return written

    def _unpacked(self, node: ast.expr, written: Written) -> None:
        """`**other`; the variables of the daemon are there anyway."""
        if ast.unparse(node) in {"os.environ", "os.environ.copy()", "environ"}:
            return
        other = self.read(self._names.get(node.id, node) if isinstance(node, ast.Name) else node)
        if isinstance(other.value, dict):
            written.value.update(other.value)
            written.parts.update(other.parts)
        elif other.value is not UNKNOWN:
            self.fault(node, f"`**{ast.unparse(node)}` is no dictionary here", "Write its keys out")

    def value(self, node: ast.expr) -> Any:
        """The value, or `UNKNOWN` after telling why."""
        if (name := variable(node)) is not None:
            return f"${{env:{name}}}"
        read: Any = self._BY_KIND.get(type(node), PythonReader._foreign)
        return read(self, node)

    def _list(self, node: ast.List | ast.Tuple) -> Any:
        items = [self.value(item) for item in node.elts]
        return UNKNOWN if UNKNOWN in items else items

    def _negative(self, node: ast.UnaryOp) -> Any:
        number = node.operand.value if isinstance(node.operand, ast.Constant) else None
        known = isinstance(node.op, ast.USub) and isinstance(number, (int, float))
        return -number if known and isinstance(number, (int, float)) else self._foreign(node)

    def _call(self, node: ast.Call) -> Any:
        arguments = [self.value(argument) for argument in called(node) or ()]
        if UNKNOWN in arguments:
            return UNKNOWN
        known = called(node) is not None and all(isinstance(argument, str) for argument in arguments)
        return joined(node, arguments) if known else self._foreign(node)

    def _constant(self, node: ast.Constant) -> Any:
        if not isinstance(node.value, str):
            known = node.value is None or isinstance(node.value, (bool, int, float))
            return node.value if known else self._foreign(node)
        segment = self._segment(node)
        if self._is_json:
            return json.loads(segment)
        if _ESCAPED_PATH.match(segment) or (re.match("[A-Za-z]:", node.value) and not node.value.isprintable()):
            inside = segment.lstrip("bBuUfF").strip("\"'")
            return self.fault(
                node, "the backslashes of this path are escapes: \\t is a tab, \\n a new line",
                f'Write r"{inside}", or with forward slashes: "{inside.replace(chr(92), "/")}"',
            )  # fmt: skip
        return node.value

    def _segment(self, node: ast.Constant) -> str:
        """The literal as it is written; empty where it takes more than one line or is part of an f-string."""
        line, column = self.at(node)
        if node.end_lineno != node.lineno or line > len(self._lines) or node.end_col_offset is None:
            return ""
        width = node.end_col_offset - node.col_offset
        return self._lines[line - 1][column - 1 :].encode()[:width].decode("utf-8", "replace")

    def _name(self, node: ast.Name) -> Any:
        if node.id in _JSON_WORDS:
            return _JSON_WORDS[node.id]
        known = self._names.get(node.id)
        if known is None or node.id in self._open:
            return self.fault(node, f"`{node.id}` has no value in this text", f"Write what {node.id} stands for")
        self._open.add(node.id)
        try:
            return self.value(known)
        finally:
            self._open.discard(node.id)

    def _sum(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if UNKNOWN in (left, right):
            return UNKNOWN
        if isinstance(node.op, ast.Div) and isinstance(left, PathText) and isinstance(right, str):
            return joined(None, [left, right])
        if isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, (str, list, int)):
            return left + right
        return self._foreign(node)

    def _pieces(self, node: ast.JoinedStr) -> Any:
        words = []
        for piece in node.values:
            if isinstance(piece, ast.FormattedValue):
                if piece.format_spec is not None or piece.conversion != -1:
                    return self._foreign(node)
                words.append(self.value(piece.value))
            else:
                words.append(piece.value if isinstance(piece, ast.Constant) else UNKNOWN)
        return UNKNOWN if UNKNOWN in words else "".join(map(str, words))

    def _foreign(self, node: ast.expr) -> Any:
        words = ast.unparse(node)[:60]
        if words == "sys.executable":
            hint = 'Write the path of the program, or "${center:python}" for a Python that is certainly there'
        elif "__file__" in words or "getcwd" in words or "cwd()" in words:
            hint = "Write the folder in full; a relative one counts from the folder of control-center.yaml"
        else:
            hint = "Write its value"
        return self.fault(node, f"`{words}` is worked out by Python", hint)

    _BY_KIND: ClassVar[Mapping[type, Callable[..., Any]]] = {
        ast.Constant: _constant,
        ast.List: _list,
        ast.Tuple: _list,
        ast.Dict: lambda self, node: self._dictionary(node).value,
        ast.Name: _name,
        ast.UnaryOp: _negative,
        ast.BinOp: _sum,
        ast.JoinedStr: _pieces,
        ast.Call: _call,
    }


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
