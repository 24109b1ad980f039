"""Starting the daemon at login, by what the system has for it: no service of ours, nothing that needs an administrator.

Each module knows one way and is an `Entry`: what it would write, writing it, taking it away, and reading what is there.
"""

from __future__ import annotations

import os
import re
import sys
from typing import NamedTuple, Protocol

from cctl.settings import Settings


class Start(NamedTuple):
    """What is to be started: the daemon's own command, to be run in `folder`. `path` is PATH as it is now: tools that
    are found today are to be found after the next login."""

    command: list[str]
    folder: str
    path: str
    said: str


class Found(NamedTuple):
    """What is there already: the program that it starts, and the folder of the project that it means."""

    program: str
    folder: str


class Entry(Protocol):
    """One way of being started at login. All may raise `Failure` or `OSError`."""

    kind: str

    @property
    def place(self) -> str:
        """The file, or the name under which the system keeps it."""
        ...

    def text(self, start: Start) -> str: ...

    def on(self, start: Start) -> None:
        """Writes it, in the place of an earlier one."""
        ...

    def off(self) -> bool:
        """Takes it away; False where there was none."""
        ...

    def found(self) -> Found | None: ...


def entries(settings: Settings) -> list[Entry]:
    """The ways of this system, the one to use first; others may have been used before."""
    if sys.platform == "win32":
        from cctl.autostart.windows import Task

        return [Task(settings.root)]
    if sys.platform == "darwin":
        from cctl.autostart.launchd import Agent

        return [Agent()]
    from cctl.autostart.systemd import Unit, has_user_systemd
    from cctl.autostart.xdg import DesktopFile

    unit, desktop = Unit(), DesktopFile()
    return [unit, desktop] if has_user_systemd() else [desktop, unit]


def what_is_wrong(found: Found, settings: Settings) -> str:
    """Why what is there does not start this Control Center; empty where it does."""
    if not os.path.exists(found.program):
        return f"it starts {found.program}, which is not there any more"
    if not os.path.isdir(os.path.join(found.folder, "backend")):
        return f"it starts Control Center in {found.folder}, which is not there any more"
    if os.path.realpath(found.folder) != os.path.realpath(settings.root):
        return f"it starts another Control Center, in {found.folder}"
    return ""


def write(path: str, text: str) -> None:
    """Whole or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.replace(path + ".new", path)


def first_quoted(line: str) -> str:
    """The first word in double quotes, of a command line of ours."""
    found = re.search(r'"((?:[^"\\]|\\.)*)"', line)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else ""


def remove(path: str) -> bool:
    try:
        os.remove(path)
    except FileNotFoundError:
        return False
    return True


def config_home() -> str:
    return os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
