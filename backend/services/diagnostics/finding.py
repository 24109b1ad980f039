"""What a check found. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis. `id` is stable: the check, and after a dot what it looked at (`ports.comfyui`).

    `what` is the fact, `why` what it means for the person, `fix` what to do; the last two are empty where all is well.
    """

    id: str
    title: str
    status: Status
    what: str
    why: str = ""
    fix: str = ""
