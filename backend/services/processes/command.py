"""Runs one short command to its end: a probe, a way to stop. Not for tools, which the keeper holds.

The command has no streams and, on Windows, no window. Whoever stops waiting for it ends it, with its children where it
is the leader of a process group (not on Windows).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


async def run_command(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> int:
    """The exit code. OSError when it cannot be started."""
    nowhere = subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        _program(command[0], cwd, environment),
        *command[1:],
        cwd=cwd,
        env=dict(environment),
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            _end(process)
            await process.wait()


def _program(name: str, cwd: Path, environment: Mapping[str, str]) -> str:
    """As a command prompt finds it: Windows itself looks for `name.exe` only, and from our folder."""
    if sys.platform != "win32":
        return name
    folders = [cwd]
    if not os.path.dirname(name):  # noqa: PTH120 - a drive alone counts too
        folders += [Path(folder) for folder in environment.get("PATH", "").split(os.pathsep) if folder]
    endings = environment.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";")
    named = Path(name).suffix.upper() in map(str.upper, endings)
    candidates = (folder / f"{name}{ending}" for folder in folders for ending in ([""] if named else endings))
    return next((str(candidate) for candidate in candidates if candidate.is_file()), name)


def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
