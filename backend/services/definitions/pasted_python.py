"""Services in a pasted text of Python or JSON."""

from __future__ import annotations

import ast

from backend.services.definitions.faults import Report
from backend.services.definitions.pasted_service import NO_ID, PastedService, not_a_service
from backend.services.definitions.python_form import UNKNOWN, PythonReader, Written
from backend.services.definitions.python_text import PythonText
from backend.services.definitions.splice import Block
from backend.services.definitions.writing import service

_NAMELESS = ""
_Named = tuple[str | None, ast.expr]


def read_python(text: str, parsed: PythonText, report: Report, service_id: str | None) -> list[PastedService] | None:
    """The dictionaries that are called services, or else all that may hold some; None where there is none."""
    found = [(name, node) for name, node in parsed.found if _is_dictionary(node)]
    if not found:
        return None
    reader = PythonReader(text, parsed, report)
    named = [(name, node) for name, node in found if name and "service" in name.lower()]
    services = [one for pair in named or found for one in _services(reader, pair, service_id)]
    for one in services:
        if one.block.id == _NAMELESS:
            report.add("error", one.at, *NO_ID)
    return [one for one in services if one.block.id != _NAMELESS]


def _is_dictionary(node: ast.expr) -> bool:
    """One whose keys are text: YAML in braces may look like Python but for that."""
    if not isinstance(node, ast.Dict) or not node.keys:
        return False
    return all(key is None or (isinstance(key, ast.Constant) and isinstance(key.value, str)) for key in node.keys)


def _services(reader: PythonReader, pair: _Named, service_id: str | None) -> list[PastedService]:
    name, node = pair
    written = reader.read(node)
    inner = next((part for key, part in written.parts.items() if key.lower() == "services"), None)
    if inner is not None and isinstance(inner.value, dict):
        for key, part in written.parts.items():
            if part is not inner:
                reader.report.add("error", part.at, *not_a_service(key))
        written = inner
    own = name.strip("[]") if name and name.startswith("[") else service_id
    if "command" in written.value and not isinstance(written.value["command"], dict):
        return [_service(own or _NAMELESS, written)]
    return [_service(key, part) for key, part in written.parts.items()]


def _service(service_id: str, written: Written) -> PastedService:
    value = written.value if isinstance(written.value, dict) else {}
    given = {key: part for key, part in value.items() if part is not UNKNOWN and part is not None}
    return PastedService(Block(service_id, service(service_id, given, 0), given), written.at, dict(written.places()))
