"""install.bat, run.bat and test.bat: they find a Python that is new enough and pass arguments and exit code on."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pip
import pytest

from keeper.windows_command import command_line

PROJECT = Path(__file__).resolve().parents[3]
NAMES = ("install", "run", "test")
TELLS = "import os, sys; print(*sys.argv[1:], os.getcwd() == os.path.dirname(__file__), sep='|'); sys.exit(7)\n"
STORE_STUB = "import sys; sys.stderr.write('Python was not found; run without arguments to install\\n'); sys.exit(9009)"
OLD = "import sys\nif 'version_info' in sys.argv[-1]: sys.exit(1)\nif '--version' in sys.argv: print('Python 3.9.7')"
LAUNCHER = Path(pip.__file__).parent / "_vendor" / "distlib" / "t64.exe"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Control Center & ünï (1)"
    made.mkdir()
    for name in NAMES:
        shutil.copy(PROJECT / f"{name}.bat", made)
    (made / "bootstrap.py").write_text(TELLS)
    return made


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    made = tmp_path / "bin"
    made.mkdir()
    return made


def program(folder: Path, name: str, code: str) -> None:
    """A small .exe that runs the code: a launcher, the interpreter that it is to start, and a zip behind them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("__main__.py", code)
    interpreter = f'#!"{sys.executable}" -I -S\r\n'.encode()
    (folder / f"{name}.exe").write_bytes(LAUNCHER.read_bytes() + interpreter + packed.getvalue())


def call(script: Path, path: list[Path], *arguments: str) -> subprocess.CompletedProcess[str]:
    shell = str(Path(os.environ["SYSTEMROOT"], "System32", "cmd.exe"))
    _, line = command_line(str(script), arguments, shell)
    return subprocess.run(
        line,
        env={**os.environ, "PATH": os.pathsep.join(map(str, [*path, Path(shell).parent]))},
        cwd="C:\\",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_command_its_arguments_and_its_exit_code_are_passed_on(folder: Path, name: str) -> None:
    ended = call(folder / f"{name}.bat", [Path(sys.executable).parent], "--port", "a & b")
    assert (ended.stdout, ended.returncode) == (f"{name}|--port|a & b|True\n", 7), ended.stderr


def test_store_stub_and_an_old_python_are_passed_over(folder: Path, programs: Path) -> None:
    program(programs, "py", STORE_STUB)
    program(programs, "python3", OLD)
    ended = call(folder / "run.bat", [programs, Path(sys.executable).parent])
    assert (ended.stdout, ended.returncode) == ("run|True\n", 7), ended.stderr


def test_with_the_store_stub_only_it_says_what_to_install(folder: Path, programs: Path) -> None:
    program(programs, "python", STORE_STUB)
    ended = call(folder / "run.bat", [programs])
    assert ended.returncode == 1
    assert "Python 3.11 or newer, and none was found" in ended.stdout
    assert "https://www.python.org/downloads/" in ended.stdout


def test_with_an_old_python_only_it_says_which(folder: Path, programs: Path) -> None:
    program(programs, "python", OLD)
    ended = call(folder / "run.bat", [programs])
    assert ended.returncode == 1
    assert "an older one" in ended.stdout
    assert "Python 3.9.7" in ended.stdout
