"""Values as YAML that reads the same for this loader and for any other, in the style of the guide's examples."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

WIDTH = 110
STEP = 2

_PLAIN = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./+-]*")
_DURATION = re.compile(r"\d+(?:\.\d+)?(?:ms|[smhdy]|[KMGT]i?B|%)")
_WORDS = frozenset(
    ("true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "nan", ".nan", ".inf", "-.inf", "=", "<<")
)
_NUMBER_LIKE = re.compile(r"[-+.\d][\d_.,:eExXoObBaAfF+-]*")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def scalar(value: Any) -> str:
    """One value in one line. Text is in quotes wherever it could be taken for anything else."""
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    text = str(value)
    if _is_plain(text):
        return text
    if not text.isprintable():
        return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))
    if "\\" in text or '"' in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _is_plain(text: str) -> bool:
    if _DURATION.fullmatch(text):
        return True
    return (
        bool(_PLAIN.fullmatch(text))
        and not text.startswith(("---", "...", "- "))
        and text != "-"
        and text.lower() not in _WORDS
        and not _NUMBER_LIKE.fullmatch(text)
    )


def inline(value: Any) -> str:
    """Any value in one line, in brackets and braces where it has parts."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {inline(part)}" for key, part in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(inline, value)) + "]"
    return scalar(value)


def entry(key: str, value: Any, indent: int) -> list[str]:
    """`key: value` as lines, the first indented by `indent` columns: in one line where it fits, else as a block."""
    margin, head = " " * indent, f"{scalar(key)}:"
    line = f"{margin}{head} {inline(value)}"
    if len(line) <= WIDTH or not value or not isinstance(value, (Mapping, list, tuple)):
        return [line]
    return [f"{margin}{head}", *block(value, indent + STEP)]


def block(value: Any, indent: int) -> list[str]:
    """A mapping or list that is not empty, with one line or more for each part."""
    if isinstance(value, Mapping):
        return [line for key, part in value.items() for line in entry(str(key), part, indent)]
    return [f"{' ' * indent}- {inline(part)}" for part in value]


def service(service_id: str, definition: Mapping[str, Any], indent: int, step: int = STEP) -> list[str]:
    """A service, each key on a line of its own; what is None is left out."""
    margin = " " * indent
    given = {key: value for key, value in definition.items() if value is not None}
    if not given:
        return [f"{margin}{scalar(service_id)}: {{}}"]
    return [f"{margin}{scalar(service_id)}:", *block(given, indent + step)]
