"""Those few calls of Python that only put paths together or name a variable of the environment."""

from __future__ import annotations

import ast
import ntpath
import posixpath
import re
from collections.abc import Sequence

_JOINING = {"os.path.join", "path.join", "join"}
_PATHS = {"Path", "PurePath", "WindowsPath", "PureWindowsPath", "PosixPath", "PurePosixPath"}
_SAME = {"str", "os.fspath", "os.path.expanduser", "os.path.normpath", "os.path.abspath", "expanduser"}
_METHODS = {"resolve", "absolute", "as_posix", "expanduser"}
_READING = {"os.getenv", "getenv", "os.environ.get", "environ.get"}
_ENVIRONMENT = {"os.environ", "environ"}


class PathText(str):
    """Text that came of a path, so that `/` joins it."""

    __slots__ = ()


def variable(node: ast.expr) -> str | None:
    """The name in `os.environ["NAME"]`, `os.getenv("NAME")` and `os.environ.get("NAME")`."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in _ENVIRONMENT:
        found: ast.expr | None = node.slice
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in _READING and len(node.args) == 1:
        found = node.args[0]
    else:
        return None
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def called(node: ast.Call) -> list[ast.expr] | None:
    """The arguments of a call that `joined` knows; None for any other."""
    if node.keywords:
        return None
    name = ast.unparse(node.func)
    if name in _JOINING or _is_path(name) or (name in _SAME and len(node.args) == 1):
        return list(node.args)
    if _is_path(name.removesuffix(".home")) and name.endswith(".home"):
        return []
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS and not node.args:
        return [node.func.value]
    return None


def joined(node: ast.Call | None, words: Sequence[str]) -> str:
    """What the call gives; without a call, `words` joined as `/` joins paths."""
    name = "" if node is None else ast.unparse(node.func)
    if name.endswith(".home"):
        return PathText("~")
    if not words:
        return PathText(".")
    windows = any("\\" in word or re.match("[A-Za-z]:", word) for word in words)
    whole = (ntpath if windows else posixpath).join(*words)
    if not any("\\" in word for word in words):
        whole = whole.replace("\\", "/")
    return whole if name in _JOINING or name in _SAME or name.endswith("as_posix") else PathText(whole)


def _is_path(name: str) -> bool:
    return name.removeprefix("pathlib.") in _PATHS
