"""Which files under a root are taken: patterns as people know them from `.gitignore`.

A pattern without a slash is the name of a file or folder anywhere; one with a slash is a path from the root. `*` is
anything but a slash, `**` also slashes, `?` one character; case does not count. Naming a folder names all in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backend.services.knowledge.indexing.kinds import Kind, kind_of

ALWAYS_LEFT_OUT = (
    *(".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".mypy_cache", ".ruff_cache"),
    *(".pytest_cache", ".tox", ".idea", ".vscode", ".obsidian", ".trash", "$RECYCLE.BIN", "System Volume Information"),
    *("~$*", ".#*", "*~", "*.tmp", "*.part", "*.crdownload", "*.swp"),
)
_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_WILD = re.compile(r"[*?]")


class _Named:
    """What a list of patterns names. Plain names, by far the most, cost one look into a set."""

    def __init__(self, patterns: Iterable[str]) -> None:
        tidy = [pattern.replace("\\", "/").removeprefix("./").rstrip("/").lower() for pattern in patterns]
        self._plain = frozenset(one for one in tidy if "/" not in one and not _WILD.search(one))
        self._names = _any_of(one for one in tidy if "/" not in one and _WILD.search(one))
        self._paths = _any_of(one.strip("/") for one in tidy if "/" in one)

    def __call__(self, path: str) -> bool:
        """Whether the last part of the path, or the path itself, is named."""
        path = path.lower()
        name = path.rpartition("/")[2]
        return (
            name in self._plain
            or (self._names is not None and self._names.fullmatch(name) is not None)
            or (self._paths is not None and self._paths.fullmatch(path) is not None)
        )

    def above(self, path: str) -> bool:
        """The same for the path or any folder that it leads through."""
        ends = [index for index, character in enumerate(path) if character == "/"]
        return any(self(path[:end]) for end in (*ends, len(path)))


class Patterns:
    """`include` empty takes every file whose kind is known."""

    def __init__(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> None:
        included = tuple(include)
        self._included = _Named(included) if included else None
        self.leaves_out = _Named((*ALWAYS_LEFT_OUT, *exclude))

    def kind(self, path: str) -> Kind | None:
        """Of a file, by its path from the root with slashes; None where it is not taken."""
        name = path.rpartition("/")[2]
        if self._included is None:
            kind = kind_of(name)
        else:
            kind = kind_of(name) or "text" if self._included.above(path) else None
        return None if kind is None or self.leaves_out(path) else kind


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    given = [_expression(pattern) for pattern in patterns]
    return re.compile("|".join(given), re.DOTALL) if given else None


def _expression(pattern: str) -> str:
    body = pattern.removesuffix("/**")
    expression = "".join(_MEANINGS.get(part) or re.escape(part) for part in _PARTS.findall(body))
    return f"(?:{expression}(?:/.*)?)"
