"""The environment that a tool gets: the person's own, without what belongs to the daemon."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from keeper.protocol import MARK

_OURS = {"VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "UV", MARK}
_GIVEN = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def tool_environment(inherited: Mapping[str, str], own: Mapping[str, str], private: Collection[str]) -> dict[str, str]:
    """`private` names the daemon's settings: a tool must not take the daemon's PORT for its own."""
    hidden = {name.upper() for name in (*_OURS, *private)}
    base = {name: value for name, value in inherited.items() if name.upper() not in hidden}
    if "PATH" in base:
        base["PATH"] = _without_own_venv(base["PATH"])
    return {**base, **_GIVEN, **own}


def _without_own_venv(path: str) -> str:
    if sys.prefix == sys.base_prefix:
        return path
    own = {Path(sys.prefix) / "bin", Path(sys.prefix) / "Scripts"}
    return os.pathsep.join(part for part in path.split(os.pathsep) if Path(part) not in own)
