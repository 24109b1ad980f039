"""An agent of launchd, for macOS."""

from __future__ import annotations

import os
import plistlib
import subprocess

from cctl.autostart import Found, Start, remove, write

LABEL = "local.control-center"


class Agent:
    kind = "launchd agent"

    @property
    def place(self) -> str:
        return os.path.join(os.path.expanduser("~"), "Library", "LaunchAgents", f"{LABEL}.plist")

    def text(self, start: Start) -> str:
        """Started again only after a crash. What it started runs on when it ends: the keeper holds that."""
        agent = {
            "Label": LABEL,
            "ProgramArguments": start.command,
            "WorkingDirectory": start.folder,
            "EnvironmentVariables": {"PATH": start.path},
            "RunAtLoad": True,
            "KeepAlive": {"Crashed": True},
            "AbandonProcessGroup": True,
            "ProcessType": "Interactive",
            "StandardOutPath": start.said,
            "StandardErrorPath": start.said,
        }
        return plistlib.dumps(agent).decode()

    def on(self, start: Start) -> None:
        """From the next login on; loading it now would start the daemon now."""
        write(self.place, self.text(start))
        service = f"gui/{os.getuid()}/{LABEL}"  # type: ignore[attr-defined,unused-ignore]
        subprocess.run(["launchctl", "enable", service], stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def off(self) -> bool:
        return remove(self.place)

    def found(self) -> Found | None:
        try:
            with open(self.place, "rb") as file:
                agent = plistlib.load(file)
        except FileNotFoundError:
            return None
        except (plistlib.InvalidFileException, ValueError):
            return Found("", "")
        return Found("".join(agent.get("ProgramArguments", [])[:1]), agent.get("WorkingDirectory", ""))
