"""A file in the autostart folder of the desktop, where the user has no systemd of their own."""

from __future__ import annotations

import os
import re

from cctl.autostart import Found, Start, config_home, first_quoted, remove, write

NAME = "control-center.desktop"

ENTRY = """[Desktop Entry]
Type=Application
Name=Control Center
Comment=Starts, watches and stops your tools
Exec={command}
Path={folder}
Terminal=false
NoDisplay=true
X-GNOME-Autostart-enabled=true
"""


class DesktopFile:
    kind = "autostart file of the desktop"

    @property
    def place(self) -> str:
        return os.path.join(config_home(), "autostart", NAME)

    def text(self, start: Start) -> str:
        command = " ".join(_quoted(part) for part in start.command)
        return ENTRY.format(command=_escaped(command), folder=_escaped(start.folder))

    def on(self, start: Start) -> None:
        write(self.place, self.text(start))

    def off(self) -> bool:
        return remove(self.place)

    def found(self) -> Found | None:
        try:
            with open(self.place, encoding="utf-8") as file:
                lines = dict(line.partition("=")[::2] for line in file.read().splitlines() if "=" in line)
        except FileNotFoundError:
            return None
        if lines.get("Hidden") == "true" or lines.get("X-GNOME-Autostart-enabled") == "false":
            return None
        exec_, path = (lines.get(name, "").replace("\\\\", "\\") for name in ("Exec", "Path"))
        return Found(first_quoted(exec_).replace("%%", "%"), path)


def _quoted(word: str) -> str:
    """One word of a command; `%` begins a field code."""
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word).replace("%", "%%") + '"'


def _escaped(value: str) -> str:
    """A value of any kind: the file has backslashes of its own."""
    return value.replace("\\", "\\\\")
