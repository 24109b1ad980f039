"""A task of the Task Scheduler, at log-on of this user and with this user's rights.

It runs `cctl daemon start`, which has no window and ends at once: the task does not hold the daemon, so no time limit
of tasks, and no end of this one, concerns it.
"""

from __future__ import annotations

import getpass
import os
import subprocess
import tempfile
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from cctl.autostart import Found, Start
from cctl.failure import NOT_WELL, Failure

NAME = "Control Center"
SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

# Priority: tasks run below normal (7) unless they say else, and what they start inherits it.
TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Starts Control Center, which starts, watches and stops your tools.</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>{user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


class Task:
    kind = "task of the Task Scheduler"
    place = NAME

    def __init__(self, root: str) -> None:
        self._cctl = os.path.join(root, "cctl")

    def text(self, start: Start) -> str:
        """`start.command` is the daemon's: its interpreter and its own arguments are what this one passes on."""
        python, *rest = start.command
        own = [argument for argument in rest if argument not in {"-m", "backend", "--no-browser"}]
        arguments = subprocess.list2cmdline(["-I", "-S", self._cctl, "daemon", "start", *own])
        words = {"user": _user(), "program": without_window(python), "arguments": arguments, "folder": start.folder}
        return TASK.format(**{name: escape(word) for name, word in words.items()})

    def on(self, start: Start) -> None:
        folder = tempfile.mkdtemp(prefix="control-center-")
        file = os.path.join(folder, "task.xml")
        try:
            with open(file, "w", encoding="utf-16", newline="\r\n") as opened:
                opened.write(self.text(start))
            _schtasks("/Create", "/TN", NAME, "/XML", file, "/F")
        finally:
            os.remove(file)
            os.rmdir(folder)

    def off(self) -> bool:
        if self.found() is None:
            return False
        _schtasks("/Delete", "/TN", NAME, "/F")
        return True

    def found(self) -> Found | None:
        asked = _run("/Query", "/TN", NAME, "/XML")
        return read(asked.stdout) if asked.returncode == 0 else None


def read(xml: bytes) -> Found | None:
    """What a task starts; None where it is switched off. Its first line names UTF-16, but schtasks prints as consoles
    do."""
    text = xml.decode("utf-16" if xml[:2] in {b"\xff\xfe", b"\xfe\xff"} else "oem" if os.name == "nt" else "utf-8")
    task = ElementTree.fromstring(text.partition("?>")[2] or text)  # noqa: S314  # of the system itself
    if task.findtext(f"{SPACE}Settings/{SPACE}Enabled") == "false":
        return None
    action = f"{SPACE}Actions/{SPACE}Exec/{SPACE}"
    return Found(task.findtext(f"{action}Command") or "", task.findtext(f"{action}WorkingDirectory") or "")


def without_window(python: str) -> str:
    """The twin of an interpreter that opens no console."""
    folder, name = os.path.split(python)
    twin = os.path.join(folder, name.lower().replace("python", "pythonw", 1))
    return twin if os.path.exists(twin) else python


def _user() -> str:
    domain = os.environ.get("USERDOMAIN")
    return f"{domain}\\{getpass.getuser()}" if domain else getpass.getuser()


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["schtasks", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except OSError as error:
        raise Failure(NOT_WELL, f"schtasks cannot be run: {error}.") from error


def _schtasks(*arguments: str) -> None:
    ended = _run(*arguments)
    if ended.returncode:
        said = (ended.stderr or ended.stdout).decode(errors="replace").strip()
        raise Failure(NOT_WELL, f"schtasks {arguments[0]} failed: {said}")
