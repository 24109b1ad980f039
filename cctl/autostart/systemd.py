"""A unit of the user's own systemd."""

from __future__ import annotations

import os
import subprocess

from cctl.autostart import Found, Start, config_home, first_quoted, remove, write
from cctl.failure import NOT_WELL, Failure

NAME = "control-center.service"

# env: systemd takes no program whose path has a quote or a backslash in it, but any argument.
# KillMode: when the daemon ends or is killed, the keeper and the tools that it holds run on.
# Restart: never where it says that its settings are wrong (2) or that another one runs (3).
# Delegate: the keeper makes control groups of its own in it.
UNIT = """[Unit]
Description=Control Center: starts, watches and stops your tools

[Service]
Type=exec
ExecStart=/usr/bin/env {command}
WorkingDirectory={folder}
Environment={path}
KillMode=process
Delegate=yes
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2 3
TimeoutStopSec=120

[Install]
WantedBy=default.target
"""


class Unit:
    kind = "systemd user unit"

    @property
    def place(self) -> str:
        return os.path.join(config_home(), "systemd", "user", NAME)

    def text(self, start: Start) -> str:
        command = " ".join(_quoted(part) for part in start.command)
        return UNIT.format(
            command=command, folder=start.folder.replace("%", "%%"), path=_quoted(f"PATH={start.path}", "$")
        )

    def on(self, start: Start) -> None:
        write(self.place, self.text(start))
        _systemctl("daemon-reload")
        _systemctl("enable", NAME)

    def off(self) -> bool:
        if not os.path.lexists(self.place):
            return False
        link = os.path.join(os.path.dirname(self.place), "default.target.wants", NAME)
        remove(link)
        removed = remove(self.place)
        if has_user_systemd():
            _systemctl("daemon-reload")
        return removed

    def found(self) -> Found | None:
        """Only where it is enabled, too."""
        link = os.path.join(os.path.dirname(self.place), "default.target.wants", NAME)
        if not os.path.lexists(link):
            return None
        try:
            with open(self.place, encoding="utf-8") as file:
                lines = dict(line.partition("=")[::2] for line in file.read().splitlines() if "=" in line)
        except FileNotFoundError:
            return Found(self.place, "")
        program = first_quoted(lines.get("ExecStart", "")).replace("%%", "%").replace("$$", "$")
        return Found(program, lines.get("WorkingDirectory", "").replace("%%", "%"))


def has_user_systemd() -> bool:
    """Whether one runs for this user and can be asked."""
    try:
        asked = subprocess.run(
            ["systemctl", "--user", "show-environment"], stdin=subprocess.DEVNULL, capture_output=True, timeout=10,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _systemctl(*arguments: str) -> None:
    ended = subprocess.run(
        ["systemctl", "--user", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    if ended.returncode:
        raise Failure(NOT_WELL, f"systemctl --user {' '.join(arguments)} failed: {ended.stderr.strip()}")


def _quoted(word: str, plain: str = "") -> str:
    """One word of a unit file. `$` begins a variable in commands, and is `plain` in environments."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{word if "$" in plain else word.replace("$", "$$")}"'
