"""One Windows at a time: test files that run side by side would end each other's processes."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from keeper.protocol import Claim, Held
from tests.fakes.daemon import wait_for


@pytest.fixture(scope="session", autouse=True)
def _stays() -> Iterator[None]:
    """Where Windows is Wine it starts with the first program and ends with the last, which takes ten times as long as
    the program: one stays for as long as there are tests."""
    command = os.environ.get("WINDOWS_PYTHON")
    if not command:
        yield
        return
    waits = [*shlex.split(command), "-u", "-c", "import sys; print('here'); sys.stdin.read()"]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        assert one.stdout.readline().strip() == b"here"  # from now on: what starts with Windows would hold our pipes
        one.stdout.close()
        yield
        one.stdin.close()


@pytest.fixture(scope="module", autouse=True)
def _alone() -> Iterator[None]:
    if not os.environ.get("WINDOWS_PYTHON"):
        yield
        return
    place = Path(tempfile.gettempdir()) / "control-center-windows-tests.lock"

    def claimed() -> Claim | None:
        try:
            return Claim(place)
        except Held:
            return None

    claim = wait_for(claimed, 660, "no other test file uses the Windows Python")
    yield
    claim.release()
