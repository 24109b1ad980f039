"""The daemon of a data folder: whether it runs, where it listens, and starting and stopping it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from cctl.failure import NOT_RUNNING, NOT_WELL, Failure
from cctl.settings import Settings
from cctl.wire import Api

LOCK = "daemon.lock"
SAID = "daemon.said.log"
START_SECONDS = 120.0
ALREADY_RUNNING = 3  # the daemon's exit code where another one has the folder
LOOK_AGAIN = 0.05


class Running(NamedTuple):
    pid: int
    address: str


def find(settings: Settings) -> Running | None:
    """What the lock file tells of a daemon that lives; it may be starting, and not answer yet."""
    words = _words(settings)
    try:
        found = Running(int(words["pid"]), str(words["address"]))
    except (KeyError, ValueError):
        return None
    return found if _alive(found.pid) else None


def reach(settings: Settings, *, start: bool = False) -> Api:
    """The daemon's API. Raises `Failure` where none runs, unless it may be started."""
    found = find(settings)
    if found is None and start:
        found = start_daemon(settings)
    if found is None:
        raise Failure(
            NOT_RUNNING,
            f"Control Center does not run on {settings.data_dir}. Start it with `cctl daemon start`, or let this "
            "command do so: `cctl --start …`.",
        )
    return Api(found.address, settings.token)


def answers(settings: Settings, found: Running) -> bool:
    """Whether it takes requests by now, also one that it refuses."""
    try:
        Api(found.address, settings.token).answer("GET", "/health", seconds=5)
    except Failure:
        return False
    return True


def start_daemon(settings: Settings, arguments: Sequence[str] = (), seconds: float = START_SECONDS) -> Running:
    """Starts it outside of this terminal and waits until it answers. `arguments` are the daemon's own."""
    said = os.path.join(settings.data_dir, SAID)
    try:
        os.makedirs(settings.data_dir, exist_ok=True)
        with open(said, "wb") as output:
            process = _spawn(command(settings, arguments), settings.root, output.fileno())
    except OSError as error:
        raise Failure(NOT_WELL, f"The daemon cannot be started: {error}.") from error
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = find(settings)
        if found is not None and answers(settings, found):
            return found
        code = process.poll()
        if code is not None and code != ALREADY_RUNNING:
            raise Failure(NOT_WELL, _last_words(said) or f"The daemon ended with exit code {code}; see its app.log.")
        time.sleep(LOOK_AGAIN)
    raise Failure(NOT_RUNNING, f"The daemon did not answer within {seconds:.0f} s. {said} and app.log say more.")


def command(settings: Settings, arguments: Sequence[str] = ()) -> list[str]:
    """What starts the daemon of these settings; to be run in the project's folder."""
    own = ["--data-dir", settings.data_dir] if "data_dir" in settings.given else []
    return [settings.python, "-m", "backend", "--no-browser", *own, *arguments]


def stop_daemon(settings: Settings, seconds: float) -> Running | None:
    """Asks it to end in good order and waits until it has. The one that was stopped, or None where none ran."""
    found = find(settings)
    if found is None:
        return None
    Api(found.address, settings.token).ask("POST", "/api/shutdown", seconds=10)
    deadline = time.monotonic() + seconds
    while find(settings) == found:
        if time.monotonic() > deadline:
            raise Failure(
                NOT_WELL,
                f"The daemon (pid {found.pid}) is still stopping services after {seconds:.0f} s. "
                "`cctl daemon status` tells when it has ended.",
            )
        time.sleep(LOOK_AGAIN)
    return found


def _words(settings: Settings) -> dict[str, Any]:
    try:
        with open(os.path.join(settings.data_dir, LOCK), "rb") as file:
            words = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return words if isinstance(words, dict) else {}


def _last_words(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return "\n".join(file.read().strip().splitlines()[-20:])


if sys.platform == "win32":

    def _alive(pid: int) -> bool:
        import ctypes

        kernel, code = ctypes.windll.kernel32, ctypes.c_ulong()
        handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return False
        try:
            return bool(kernel.GetExitCodeProcess(handle, ctypes.byref(code))) and code.value == 259  # STILL_ACTIVE
        finally:
            kernel.CloseHandle(handle)

else:

    def _alive(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


def _spawn(argv: list[str], folder: str, output: int) -> Any:
    """Outlives this terminal: in a session of its own, on Windows on a hidden console outside of our job."""
    import subprocess

    if sys.platform != "win32":
        return subprocess.Popen(
            argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    hidden, breakaway = 0x08000000, 0x01000000  # CREATE_NO_WINDOW, CREATE_BREAKAWAY_FROM_JOB

    def start(flags: int) -> Any:
        return subprocess.Popen(
            argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, creationflags=flags
        )

    try:
        return start(hidden | breakaway)
    except PermissionError:  # the job that we are in lets nobody out
        return start(hidden)
