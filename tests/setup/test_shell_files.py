"""install.sh, run.sh and test.sh: they find a Python that is new enough and pass arguments and exit code on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import ROOT

pytestmark = [pytest.mark.setup, pytest.mark.skipif(os.name == "nt", reason="shell files are for Linux and macOS")]

TELLS = "import sys; print(*sys.argv[1:], sep='|'); sys.exit(7)\n"
NOT_THERE = "#!/bin/sh\necho 'Python was not found; run without arguments to install' >&2\nexit 49\n"
OLD = """#!/bin/sh
case "$2" in *"version_info < "*) exit 1 ;; esac
echo "3.9 (/usr/bin/python3)"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Control Center & ünï (1)"
    made.mkdir()
    for name in ("install.sh", "run.sh", "test.sh"):
        shutil.copy(ROOT / name, made)
    (made / "bootstrap.py").write_text(TELLS)
    return made


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH of its own with what every system has."""
    made = tmp_path / "bin"
    made.mkdir()
    for name in ("sh", "dirname"):
        (made / name).symlink_to(str(shutil.which(name)))
    return made


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def call(script: Path, programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(script), *arguments], env={"PATH": str(programs)}, cwd="/", capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["install", "run", "test"])
def test_the_command_its_arguments_and_its_exit_code_are_passed_on(folder: Path, programs: Path, name: str) -> None:
    (programs / "python3").symlink_to(sys.executable)
    ended = call(folder / f"{name}.sh", programs, "--port", "a & b")
    assert (ended.stdout, ended.returncode) == (f"{name}|--port|a & b\n", 7)


def test_candidates_that_do_not_run_or_are_too_old_are_passed_over(folder: Path, programs: Path) -> None:
    program(programs, "python3", NOT_THERE)
    program(programs, "python", OLD)
    (programs / "python3.11").symlink_to(sys.executable)
    assert call(folder / "run.sh", programs).stdout == "run\n"


def test_without_any_python_it_says_what_to_install(folder: Path, programs: Path) -> None:
    program(programs, "python3", NOT_THERE)
    ended = call(folder / "run.sh", programs)
    assert ended.returncode == 1
    assert "Python 3.11 or newer, and none was found" in ended.stderr
    assert "https://www.python.org/downloads/" in ended.stderr


def test_with_an_old_python_only_it_says_which(folder: Path, programs: Path) -> None:
    program(programs, "python3", OLD)
    ended = call(folder / "install.sh", programs)
    assert ended.returncode == 1
    assert "this machine's is 3.9 (/usr/bin/python3)" in ended.stderr
