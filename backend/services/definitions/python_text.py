"""A text of Python as a syntax tree: statements, a dictionary, or the inside of one, as people cut them out."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

_HEADING = re.compile(r"\A(\s*(?:#[^\n]*\n\s*)*)services:[ \t]*(?=\n)")
_ASSIGNED = re.compile(r"^\s*\w+[^\n]*=\s*[{\[(]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PythonText:
    """What a text of Python holds: dictionaries by the names that they are given, and simple names by their values."""

    found: list[tuple[str | None, ast.expr]]
    names: Mapping[str, ast.expr]
    shift: tuple[int, int]  # columns that the first line, and that every line, lacks here


def parse(text: str) -> PythonText:
    """Raises `SyntaxError` for what is neither statements nor a piece of a dictionary."""
    text = _HEADING.sub(lambda found: found.group(1) + " " * (len(found.group()) - len(found.group(1))), text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return _piece(text)
        except SyntaxError as error:
            bare = textwrap.dedent(text)
            margin = len(text.partition("\n")[0]) - len(bare.partition("\n")[0])
            try:
                return _statements(ast.parse(bare), margin)
            except SyntaxError as other:
                raise _placed(other, margin) if _ASSIGNED.search(text) else _placed(error, -1) from None


def _placed(error: SyntaxError, shift: int) -> SyntaxError:
    """The error at its place in the text that was given."""
    if error.offset is not None and (shift > 0 or error.lineno == 1):
        error.offset += shift
    return error


def _piece(text: str) -> PythonText:
    """`{...}` with or without a comma, or the inside of one."""
    opening, closing = ("(", ")") if re.match(r"(?:\s*#[^\n]*\n)*\s*\{", text) else ("{", "}")
    tree = ast.parse(f"{opening}{text}\n{closing}", mode="eval").body
    found = tree.elts if isinstance(tree, ast.Tuple) else [tree]
    return PythonText([(None, node) for node in found], {}, (1, 0))


def _statements(tree: ast.Module, margin: int) -> PythonText:
    found: list[tuple[str | None, ast.expr]] = []
    names: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        value = getattr(node, "value", None)
        if isinstance(node, ast.Expr) and isinstance(value, ast.Dict):
            found.append((None, value))
        for target in targets if isinstance(value, ast.expr) else ():
            assert isinstance(value, ast.expr)
            if isinstance(target, (ast.Name, ast.Attribute)):
                name = target.id if isinstance(target, ast.Name) else target.attr
                names[name] = value
                if isinstance(value, ast.Dict):
                    found.append((name, value))
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                found.append((f"[{target.slice.value!s}]", value))
    return PythonText(found, names, (-margin, -margin))
