from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from backend.services.processes.command import run_command


async def test_exit_code_folder_and_environment_are_the_commands_own(tmp_path: Path) -> None:
    code = "import os, sys; open('seen', 'w').write(os.environ['WORD']); sys.exit(3)"
    environment = {**os.environ, "WORD": "hello"}
    assert await run_command((sys.executable, "-c", code), tmp_path, environment) == 3
    assert (tmp_path / "seen").read_text() == "hello"


async def test_program_that_is_missing_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-program"):
        await run_command(("no-such-program",), tmp_path, os.environ)


@pytest.mark.skipif(sys.platform == "win32", reason="only process groups end with their leader")
async def test_command_that_nobody_waits_for_ends_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    running = asyncio.ensure_future(
        run_command(("sh", "-c", f"sleep 60 & echo $! > {pid_file}; wait"), tmp_path, os.environ)
    )
    deadline = time.monotonic() + 10
    while not (pid_file.exists() and pid_file.read_text().strip()) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    child = int(pid_file.read_text())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while psutil.pid_exists(child) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert not psutil.pid_exists(child)
