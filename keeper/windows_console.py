"""Consoles: how a tool on Windows is asked to end.

Tools are process groups on the keeper's own hidden console, and Ctrl+Break reaches such a group. Ctrl+C cannot be aimed
at a group: a tool that needs it has a hidden console for itself, and a short-lived helper attaches to that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence

assert sys.platform == "win32"

from keeper.windows_api import ConsoleHandler, check, kernel32

EVENTS = {  # what each name asks for here; a definition may be shared between machines
    "CTRL_C": signal.CTRL_C_EVENT,
    "SIGINT": signal.CTRL_C_EVENT,
    "CTRL_BREAK": signal.CTRL_BREAK_EVENT,
    "SIGBREAK": signal.CTRL_BREAK_EVENT,
    "SIGTERM": signal.CTRL_BREAK_EVENT,
    "SIGHUP": signal.CTRL_BREAK_EVENT,
    "SIGQUIT": signal.CTRL_BREAK_EVENT,
}
_CLOSE, _LOGOFF, _SHUTDOWN = 2, 5, 6
_TIME_TO_END = 4.9  # seconds; Windows ends a process 5 s after it was told that its console closes

# Arguments: event, who besides the members may be on the console (or "any"), then the members. The first member whose
# console can be reached decides. 0 is told when the event was sent.
_HELPER = """
import ctypes, os, sys, time
kernel32 = ctypes.WinDLL("kernel32")
kernel32.FreeConsole()
for pid in sys.argv[3:]:
    if kernel32.AttachConsole(int(pid)):
        kernel32.SetConsoleCtrlHandler(None, 1)
        listed = (ctypes.c_uint32 * 1024)()
        count = kernel32.GetConsoleProcessList(listed, len(listed))
        known = {os.getpid(), *map(int, sys.argv[3:])}
        if sys.argv[2] != "any":
            known |= {int(other) for other in sys.argv[2].split(",") if other}
            if count > len(listed) or not known.issuperset(listed[:count]):
                sys.exit(3)
        sent = kernel32.GenerateConsoleCtrlEvent(int(sys.argv[1]), 0)
        time.sleep(0.3)
        sys.exit(0 if sent else 1)
sys.exit(2)
"""


class Console:
    """`asked` is called, on a thread of Windows', when the session ends; it has a few seconds to have an effect."""

    def __init__(self, asked: Callable[[], None]) -> None:
        self._asked = asked
        self._closing = False
        self._handler = ConsoleHandler(self._on_event)  # kept: Windows calls it as long as this process lives
        # Started by a process that ignores Ctrl+C the keeper would ignore it too, and so would every tool.
        kernel32.SetConsoleCtrlHandler(None, False)
        check(kernel32.SetConsoleCtrlHandler(self._handler, True), "SetConsoleCtrlHandler")  # is not handed on

    @property
    def present(self) -> bool:
        return bool(kernel32.GetConsoleCP())

    def close(self) -> None:
        if not self._closing:  # while a handler runs, Windows holds up whoever changes the list of handlers
            kernel32.SetConsoleCtrlHandler(self._handler, False)

    def send_break(self, group: int) -> None:
        """Ctrl+Break to the process group `group`, whose root must be held open by the caller.

        Never without a console: `os.kill` would then terminate the root instead.
        """
        if not self.present:
            raise OSError(None, "the keeper has no console to send Ctrl+Break from", None, 6)
        try:
            os.kill(group, signal.CTRL_BREAK_EVENT)
        except SystemError as error:  # how CPython reports a failed console event
            raise OSError(None, f"Ctrl+Break could not be sent: {error.__cause__ or error}", None, 6) from error

    def _on_event(self, event: int) -> bool:
        """Ctrl+C and Ctrl+Break that a tool sends to everyone on the console are not for the keeper."""
        if event in {_CLOSE, _LOGOFF, _SHUTDOWN}:
            self._closing = True
            self._asked()
            time.sleep(_TIME_TO_END)  # Windows ends the process when this returns
        return True


def interrupt(event: int, pids: Sequence[int], *, only_with: Collection[int] | None = None) -> subprocess.Popen[bytes]:
    """Ctrl+C or Ctrl+Break to everyone on the console of these processes; returns the helper that sends it, at once.

    The processes must be on a console of their own, unless `only_with` tells who else may get it (the shell that they
    were started from): then nothing is sent where anyone but these is on it.
    """
    others = "any" if only_with is None else ",".join(map(str, only_with))
    helper = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _HELPER, str(event), others, *map(str, pids)],
        creationflags=subprocess.DETACHED_PROCESS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    threading.Thread(target=helper.wait, name="console helper", daemon=True).start()
    return helper
