"""What somebody pastes, as services: YAML, JSON or Python, one or several, with `services:` above them or without.

It finds where each service begins and keeps its text; whether the definitions are right is for the loader to say, about
the file that they would make. What cannot be taken for services at all is told here, at its place in the paste.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.services.definitions.faults import Fault, Report
from backend.services.definitions.nodes import MAX_DEPTH
from backend.services.definitions.pasted_python import read_python
from backend.services.definitions.pasted_service import PastedService
from backend.services.definitions.pasted_yaml import read_yaml
from backend.services.definitions.python_text import parse
from backend.services.definitions.source import Unreadable, check_printable
from backend.services.definitions.splice import Block
from backend.services.definitions.writing import service

_NOTHING = ("there is no service in this text", "Paste one: its id, and below it, indented, its settings")
_LIKE_PYTHON = re.compile(
    r"^\s*(?:\w+(?:\[.*\])?\s*(?::[^=\n{]*)?=\s*[\[{(]|[\"'][\w .-]+[\"']\s*:\s*\{)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """`faults` hold an error where the text cannot be taken for services."""

    services: Sequence[PastedService] = ()
    faults: tuple[Fault, ...] = ()
    lines: Sequence[str] = ()


def read_pasted(text: str, service_id: str | None = None) -> Pasted:
    """`service_id` names a definition that stands there without its id."""
    lines = text.splitlines()
    report = Report(lines)
    found: list[PastedService] = []
    try:
        check_printable(text)
        if not any(line.strip() and not line.lstrip().startswith("#") for line in lines):
            raise Unreadable((1, 1), *_NOTHING)
        found = _read(text, report, service_id)
    except Unreadable as unreadable:
        report.add("error", unreadable.place, unreadable.message, unreadable.hint)
    if not found and not report.refused:
        report.add("error", (1, 1), *_NOTHING)
    _tell_repeated(found, report)
    return Pasted(found, tuple(fault for fault in report.faults() if fault.severity == "error"), lines)


async def given(service_id: str | None, definition: Mapping[str, Any] | None, text: str | None) -> Pasted:
    """What a request brings: a text, or a definition with its id. With an id it must be that one service."""
    if definition is not None:
        assert service_id is not None
        return _as_pasted(service_id, definition)
    pasted = await asyncio.to_thread(read_pasted, text or "", service_id)
    report = Report(pasted.lines)
    for one in pasted.services:
        if service_id is not None and one.block.id != service_id:
            message = f"this is `{one.block.id}`, not `{service_id}`"
            report.add("error", one.at, message, "An id cannot be changed: add the service anew, remove the old one")
        _check_characters(one, report)
    return Pasted(faults=report.faults(), lines=pasted.lines) if not pasted.faults and report.refused else pasted


def _as_pasted(service_id: str, definition: Mapping[str, Any]) -> Pasted:
    report = Report(())
    try:
        lines = service(service_id, definition, 0)
    except RecursionError:
        report.add("error", (1, 1), f"blocks are nested deeper than {MAX_DEPTH} here", "Write the keys of a service")
        return Pasted(faults=report.faults())
    one = PastedService(Block(service_id, lines, definition), (1, 1), {})
    _check_characters(one, report)
    return Pasted(faults=report.faults()) if report.refused else Pasted((one,))


def _check_characters(one: PastedService, report: Report) -> None:
    """Escapes may stand for what no text can hold."""
    try:
        check_printable("\n".join(one.block.lines))
    except Unreadable as unreadable:
        report.add("error", one.at, unreadable.message.replace("file", "definition"), "Remove it")


def _read(text: str, report: Report, service_id: str | None) -> list[PastedService]:
    try:
        parsed = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        try:
            return read_yaml(text, report, service_id)
        except Unreadable:
            if isinstance(error, SyntaxError) and _LIKE_PYTHON.search(text):
                raise _not_python(error, report.lines) from None
            raise
    found = read_python(text, parsed, report, service_id)
    return read_yaml(text, report, service_id) if found is None else found


def _not_python(error: SyntaxError, lines: Sequence[str]) -> Unreadable:
    line, column = error.lineno or 1, error.offset or 1
    if line > len(lines):  # what was added to the text to parse it does not fit any more
        last = max(number for number, text in enumerate(lines) if text.strip())
        message = f"this looks like Python, but not all of it fits: {error.msg}"
        return Unreadable((last + 1, len(lines[last].rstrip())), message, "Is there a bracket too many or too few?")
    if "escape" in str(error.msg):
        literal = re.search(r"[\"'][^\"']*\\[UuNx]", lines[line - 1])
        message = "a backslash in quotes begins an escape in Python, and this one means nothing"
        hint = r'Write r"C:\Users\me" with an r, or with forward slashes'
        return Unreadable((line, literal.start() + 1 if literal else column), message, hint)
    message = f"this looks like Python, but is not: {error.msg}"
    hint = "Correct it, or write it as YAML: docs/definitions.md has examples"
    return Unreadable((line, max(1, min(column, len(lines[line - 1]) + 1))), message, hint)


def _tell_repeated(found: Sequence[PastedService], report: Report) -> None:
    seen: dict[str, int] = {}
    for one in found:
        if one.block.id in seen:
            hint = f"It stands in line {seen[one.block.id]} already: give one of the two another id"
            report.add("error", one.at, f"the id `{one.block.id}` is repeated", hint)
        seen.setdefault(one.block.id, one.at[0])
