"""Which crashes are the same one: by how it ended and by what its last lines of error say, without what differs from
time to time (times, numbers, addresses, ids, folders for a while)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from backend.services.processes.levels import level_of

LINES = 3
_LOOKED_AT = 60  # lines before the end
_LONGEST = 300  # characters of a line that count
_COLOUR = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
_DIFFERS = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]?"), ""),
    (re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), ""),
    (re.compile(r"0x[0-9a-f]+", re.IGNORECASE), "<address>"),
    (re.compile(r"(?:/tmp/|/var/folders/|\\Temp\\)[^\s\"',:)]+", re.IGNORECASE), "<folder>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\d+(?:\.\d+)*"), "#"),
    (re.compile(r"\s+"), " "),
)
_FRAME = re.compile(r'\s*File "(?P<file>[^"]+)", line \d+, in (?P<function>.+)')


def fingerprint(service: str, ending: str, lines: Sequence[str]) -> str:
    """16 hexadecimal digits. `ending` is the name of the exit; `lines` are the last ones, oldest first."""
    said = "\n".join((service, ending, *telling_lines(lines)))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def telling_lines(lines: Sequence[str]) -> list[str]:
    """The last lines of error and, of a traceback, where it was raised; as they are compared. None where no line tells
    of an error: what was said last may be anything then."""
    recent = [_COLOUR.sub("", line[: 2 * _LONGEST]) for line in lines[-_LOOKED_AT:]]
    errors = [line for line in recent if level_of(line) in {"ERROR", "CRITICAL"}]
    found = [_plain(line) for line in errors[-LINES:]]
    frames = [match for line in recent if (match := _FRAME.fullmatch(line))]
    if errors and frames:
        raised = frames[-1]
        name = re.split(r"[\\/]", raised["file"])[-1]
        found.append(f"raised in {name}, {raised['function']}")
    return found


def _plain(line: str) -> str:
    for pattern, instead in _DIFFERS:
        line = pattern.sub(instead, line)
    return line.strip()[:_LONGEST]
