"""`${env:NAME}`, `${center:root}` and the files that hold variables; `${PORT}` is left to `port_variable.py`.

What comes from the person's environment counts as a secret unless its name is one that every machine has: paths and
names of accounts would otherwise be struck out of all that is shown.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.services.definitions.faults import Severity, nearest
from backend.services.definitions.port_variable import PORT
from backend.services.definitions.source import decode

_REFERENCE = re.compile(r"\$(?:\$\{|\{([^{}]*)\})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_()]*")
_SOURCES = ("env", "center")
_PUBLIC = frozenset(
    (
        *("HOME", "HOMEDRIVE", "HOMEPATH", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PUBLIC"),
        *("TEMP", "TMP", "TMPDIR", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "ALLUSERSPROFILE"),
        *("SYSTEMDRIVE", "SYSTEMROOT", "WINDIR", "OS", "PATH", "SHELL", "LANG", "TZ"),
        *("USER", "USERNAME", "LOGNAME", "HOSTNAME", "COMPUTERNAME"),
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"),
    )
)


def center_variables(root: Path) -> dict[str, str]:
    """`python` is the interpreter under the daemon's virtual environment, so that a tool never keeps that one busy."""
    return {"python": getattr(sys, "_base_executable", None) or sys.executable, "root": str(root)}


@dataclass(slots=True)
class Expansion:
    text: str
    secrets: list[str] = field(default_factory=list)
    faults: list[tuple[Severity, str, str]] = field(default_factory=list)  # severity, message, hint


def expand(text: str, environ: Mapping[str, str], center: Mapping[str, str]) -> Expansion:
    """`$${` stands for `${`. A variable that is not set becomes nothing, with a warning."""
    result = Expansion(text)

    def value(found: re.Match[str]) -> str:
        if found.group(1) is None:
            return "${"
        source, _, name = found.group(1).partition(":")
        if source == "env" and name:
            return _from_environment(name, environ, result)
        if source == "center" and name in center:
            return center[name]
        if found.group() == PORT:
            return PORT  # filled in when the port is known
        result.faults.append(_unknown(found.group(), source, name, center))
        return found.group()

    result.text = _REFERENCE.sub(value, text)
    if "${" in _REFERENCE.sub("", text):
        result.faults.append(("error", "`${` is not closed", "Add the } or write $${ for the text ${"))
    return result


def _from_environment(name: str, environ: Mapping[str, str], result: Expansion) -> str:
    value = environ.get(name)
    if value is None:
        hint = "Set it before the daemon starts, or put it in a file and name that in env_file"
        result.faults.append(("warning", f"the variable {name} is not set", hint))
        return ""
    if value and name.upper() not in _PUBLIC:
        result.secrets.append(value)
    return value


def _unknown(whole: str, source: str, name: str, center: Mapping[str, str]) -> tuple[Severity, str, str]:
    if source == "center":
        return "error", f"`{whole}` is not known", f"There is: {', '.join(f'${{center:{key}}}' for key in center)}"
    if not name and _NAME.fullmatch(source):
        hint = f"Write ${{env:{source}}} for the variable, $${{{source}}} for the text"
        return "warning", f"`{whole}` stays as it is", hint
    meant = nearest(source, _SOURCES) or "env"
    return "error", f"`{whole}` is not known", f"Write ${{{meant}:{name or 'NAME'}}}, or $${{ for the text ${{"


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file of `NAME=value` lines holds, and the numbers of the lines that are none."""

    values: Mapping[str, str]
    wrong_lines: tuple[int, ...]


def read_env_file(path: Path) -> EnvFile:
    """Raises `OSError`, and `source.Unreadable` for what is no text."""
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    wrong = []
    for binding in parse_stream(io.StringIO(decode(path.read_bytes()))):
        if binding.error or (binding.key is not None and binding.value is None):
            wrong.append(binding.original.line + _blank_lines(binding.original.string))
        elif binding.key is not None:
            values[binding.key] = binding.value or ""
    return EnvFile(values, tuple(wrong))


def _blank_lines(text: str) -> int:
    """How many lines stand before the first that says something."""
    return text[: len(text) - len(text.lstrip())].count("\n")
