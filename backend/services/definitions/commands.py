"""Commands: lists of a program and its arguments. No shell is asked unless the person names one."""

from __future__ import annotations

import ast
import json
import shlex

from yaml.nodes import ScalarNode

from backend.services.definitions.paths import path_text
from backend.services.definitions.place import Place
from backend.services.definitions.readers import text

_SHELL_SIGNS = ("&&", "||", "|", ">", ">>", "<", "&", ";")


def command(place: Place) -> tuple[str, ...] | None:
    """At least the program. Text is refused with the list that it probably means."""
    if isinstance(place.node, ScalarNode):
        place.error(f"a command is a list, not {place.kind}", _as_list(place.raw))
        return None
    items = place.items('["python", "main.py"]')
    if items is None:
        return None
    if not items:
        place.error("the command is empty", 'Write the program and its arguments: ["python", "main.py"]')
        return None
    program, *arguments = items
    words = [path_text(program), *(text(argument) for argument in arguments)]
    if words[0] == "":
        program.error("the program has no name", 'Write the program first: ["python", "main.py"]')
        return None
    return None if None in words else tuple(word for word in words if word is not None)


def _as_list(written: str) -> str:
    words = _literal(written) or _split(written)
    if signs := [word for word in words if word in _SHELL_SIGNS]:
        shell = f'["bash", "-c", {json.dumps(written)}] or ["cmd", "/c", {json.dumps(written)}]'
        return f"{signs[0]} belongs to a shell, and none is used: name one, {shell}"
    return f"Write {json.dumps(words, ensure_ascii=False)}"


def _literal(written: str) -> list[str]:
    """The items of a pasted Python list or tuple."""
    try:
        value = ast.literal_eval(written.rstrip(","))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [str(word) for word in value] if isinstance(value, (list, tuple)) else []


def _split(written: str) -> list[str]:
    """Words as a shell sees them, but a backslash stays: it belongs to a Windows path."""
    lexer = shlex.shlex(written, posix=True)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        return written.split()
