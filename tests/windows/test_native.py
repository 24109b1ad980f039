"""Runs the tests of `native/` by a Windows Python, where there is one; on Windows they are collected directly.

`WINDOWS_PYTHON` names a program that behaves as python.exe with a console. Under Wine, Ctrl+Break reaches Python tools
only through site packages, hence the keeper's flags.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
FILES = sorted(path.name for path in (PROJECT / "tests/windows/native").glob("test_*.py"))

pytestmark = [
    pytest.mark.windows,
    pytest.mark.timeout(690),
    pytest.mark.skipif(sys.platform == "win32", reason="collected natively"),
    pytest.mark.skipif("WINDOWS_PYTHON" not in os.environ, reason="WINDOWS_PYTHON does not name a Windows Python"),
]


@pytest.mark.parametrize("file", FILES)
def test_passes_on_windows(file: str) -> None:
    run = subprocess.run(
        [
            *shlex.split(os.environ["WINDOWS_PYTHON"]),
            *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "timeout=240", "--confcutdir=tests/windows/native"),
            f"tests/windows/native/{file}",
        ],
        cwd=PROJECT,
        env={**os.environ, "CONTROL_CENTER_KEEPER_FLAGS": "-I", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        timeout=660,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"\d+ passed", run.stdout)
