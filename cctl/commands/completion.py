"""`cctl completion SHELL`: the lines that teach a shell to ask for completions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cctl.failure import OK

if TYPE_CHECKING:
    from cctl.main import Context

SHELLS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "shells")
FILES = {"bash": "completion.bash", "zsh": "completion.zsh", "fish": "completion.fish", "powershell": "completion.ps1"}


def act(context: Context) -> int:
    with open(os.path.join(SHELLS, FILES[context.given.shell]), encoding="utf-8") as file:
        context.screen.raw(file.read())
    return OK
