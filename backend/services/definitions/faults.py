"""What is wrong in a definitions file: where, what, and what to do about it. All of it, not the first of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `line` and `column` count from 1; `path` is like `services.comfyui.port`, empty for the file itself.

    An error keeps the file from being applied; a warning does not.
    """

    severity: Severity
    line: int
    column: int
    path: str
    message: str
    hint: str
    excerpt: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.severity} in line {self.line}: {where}{self.message}. {self.hint}"


class Report:
    """Gathers the faults of one file. The same words at the same place count once: what `defaults`, an anchor or a
    merge key brings to many services is wrong in one line only."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self._found: dict[tuple[int, int, str], Fault] = {}

    def add(self, severity: Severity, place: tuple[int, int], message: str, hint: str, path: str = "") -> None:
        """`place` is line and column, from 1."""
        line, column = place
        excerpt = self.lines[line - 1].strip()[:200] if 0 < line <= len(self.lines) else ""
        fault = Fault(severity, line, column, path, message, hint, excerpt)
        self._found.setdefault((line, column, message), fault)

    @property
    def refused(self) -> bool:
        return any(fault.severity == "error" for fault in self._found.values())

    def faults(self) -> tuple[Fault, ...]:
        """In the order of the file."""
        return tuple(sorted(self._found.values(), key=lambda fault: (fault.line, fault.column)))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    by_folded = {name.lower().replace("_", "-"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace("_", "-"), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def listed(names: Iterable[object]) -> str:
    """`a, b and c`."""
    words = [str(name) for name in names]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
