"""What the host holds of one tree."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

assert sys.platform == "win32"

from keeper.windows_output import OutputReader
from keeper.windows_root import Root


@dataclass
class Held:
    key: int
    tree: str
    root: Root
    asked_on: Literal["our console", "its own", "one it shares"]
    output: OutputReader | None = None  # None: adopted, its output goes where it went
    wait: Any = field(default_factory=ctypes.c_void_p)
    told_growth: bool = False
    killing: bool = False
    limit: str | None = None  # the one that ended it
    exited: bool = False
    empty_since: float | None = None  # monotonic
    drained: bool = False
    ended: bool = False
