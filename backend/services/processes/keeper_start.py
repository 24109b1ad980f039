"""Starts a keeper so that it outlives the daemon: own session (POSIX), own hidden console outside our job (Windows)."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from keeper.protocol import MARK, read_claim

KEEPER = Path(__file__).resolve().parents[3] / "keeper"


def start_if_none(data_dir: Path) -> subprocess.Popen[bytes] | None:
    """Starts a keeper where surely none is, so that it gets ready while the daemon still imports."""
    return None if read_claim(data_dir / "keeper.lock").get("address") else start_keeper(data_dir)


def keeper_flags() -> list[str]:
    """What stands between the interpreter and the keeper; tests put there what the interpreter under them needs."""
    return shlex.split(os.environ.get("CONTROL_CENTER_KEEPER_FLAGS", "-I -S"))


def start_keeper(data_dir: Path) -> subprocess.Popen[bytes]:
    """Runs on the base interpreter: the launcher of a virtual environment would be one process too many."""
    command = [getattr(sys, "_base_executable", sys.executable), *keeper_flags(), str(KEEPER), str(data_dir)]
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    with (data_dir / "keeper.boot.log").open("ab") as boot_log:
        if sys.platform != "win32":
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=boot_log,
                stderr=boot_log,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        return _start_on_windows(command, boot_log.fileno(), environment, data_dir)


def _start_on_windows(
    command: list[str], output: int, environment: dict[str, str], data_dir: Path
) -> subprocess.Popen[bytes]:
    hidden, breakaway = 0x08000000, 0x01000000  # CREATE_NO_WINDOW, CREATE_BREAKAWAY_FROM_JOB

    def start(creation_flags: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=data_dir.anchor,
            creationflags=creation_flags,
        )

    try:
        return start(hidden | breakaway)
    except PermissionError:  # the job that we are in lets nobody out
        return start(hidden)
