"""install.bat, run.bat and test.bat, run by a Windows command interpreter."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.config import ROOT

WINDOWS_PYTHON = os.environ.get("WINDOWS_PYTHON", "")
COMPILER = shutil.which("x86_64-w64-mingw32-gcc")

pytestmark = [
    pytest.mark.windows,
    pytest.mark.timeout(690),  # each starts a Windows of its own beside other tests
    pytest.mark.skipif(not WINDOWS_PYTHON, reason="WINDOWS_PYTHON names no Windows Python"),
]

TELLS = "import sys; print('got', *sys.argv[1:], sep='|'); sys.exit(7)\n"
OLD = """
#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
    if (count > 2 && strstr(words[2], "version_info")) return 1;
    puts("Python 3.9.1");
    return 0;
}
"""
STORE = "int main(void) { return 9009; }"

# Runs a batch file as the words say; what it prints is ASCII, whatever the console speaks.
DRIVER = """
import os, subprocess, sys
path, clicked, *words = sys.argv[1:]
if path != "-":
    os.environ["PATH"] = os.environ["SystemRoot"] + "\\\\system32;" + path
if clicked == "clicked":
    os.environ["CMDCMDLINE"] = 'C:\\\\windows\\\\system32\\\\cmd.exe /c ""C:\\\\some & where\\\\run.bat" "'
ended = subprocess.run("cmd /c " + " ".join(words), stdin=subprocess.DEVNULL, capture_output=True)
shown = ended.stdout.decode("ascii", "replace").encode("ascii", "replace").decode()
sys.stdout.write(f"{shown}\\ncode {ended.returncode}")
"""


@pytest.fixture(scope="module", autouse=True)
def _stays() -> Iterator[None]:
    """Where Windows is Wine it starts with the first program and ends with the last, which takes ten times as long as
    the program: one stays for as long as these tests go on."""
    waits = [*shlex.split(WINDOWS_PYTHON), "-u", "-c", "import sys; print('here'); sys.stdin.read()"]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        assert one.stdout.readline().strip() == b"here"  # from now on: what starts with Windows would hold our pipes
        one.stdout.close()
        yield
        one.stdin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Control Center & ünï (1) ^!"
    made.mkdir()
    for name in ("install.bat", "run.bat", "test.bat"):
        text = (ROOT / name).read_text(encoding="ascii")
        (made / name).write_text(text, encoding="ascii", newline="\r\n")
    (made / "bootstrap.py").write_text(TELLS)
    return made


def call(folder: Path, *words: str, path: str = "-", clicked: bool = False) -> list[str]:
    driver = folder.parent / "driver.py"
    driver.write_text(DRIVER)
    started = "clicked" if clicked else "typed"
    ended = subprocess.run(
        [WINDOWS_PYTHON, str(driver), path, started, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return [line for line in ended.stdout.splitlines() if line]


def program(folder: Path, source: str) -> str:
    """A folder for PATH with a `python.exe` made of this source."""
    if COMPILER is None:
        pytest.skip("no compiler for Windows (x86_64-w64-mingw32-gcc) to make a stand-in of an old Python with")
    made = folder.parent / "programs"
    made.mkdir()
    (made / "python.c").write_text(source)
    subprocess.run([COMPILER, "-o", str(made / "python.exe"), str(made / "python.c")], check=True, timeout=60)
    return "Z:" + str(made).replace("/", "\\")


@pytest.mark.parametrize("name", ["install", "run", "test"])
def test_the_command_its_arguments_and_its_exit_code_are_passed_on(folder: Path, name: str) -> None:
    assert call(folder, f"{name}.bat", "--port", '"a b"') == [f"got|{name}|--port|a b", "code 7"]


def test_it_works_from_another_folder_called_as_explorer_calls(folder: Path) -> None:
    away = folder.parent / "elsewhere"
    away.mkdir()
    assert call(away, f'""..\\{folder.name}\\run.bat" "') == ["got|run", "code 7"]


def test_without_python_it_says_what_to_install(folder: Path) -> None:
    first, second, code = call(folder, "install.bat", path="C:\\nowhere")
    assert "Python 3.11 or newer, and none was found" in first
    assert "https://www.python.org/downloads/" in second
    assert code == "code 1"


def test_an_old_python_is_named(folder: Path) -> None:
    shown = call(folder, "run.bat", path=program(folder, OLD))
    assert "This machine has an older one:" in shown[0]
    assert shown[1] == "Python 3.9.1"
    assert shown[-1] == "code 1"


def test_the_stub_of_the_store_is_no_python(folder: Path) -> None:
    shown = call(folder, "run.bat", path=program(folder, STORE))
    assert "none was found" in shown[0]
    assert shown[-1] == "code 1"


def test_a_window_that_was_clicked_open_stays_when_something_failed(folder: Path) -> None:
    assert "Press any key" in " ".join(call(folder, "run.bat", clicked=True))
    assert "Press any key" not in " ".join(call(folder, "run.bat"))


def test_install_waits_for_nobody(folder: Path) -> None:
    assert "pause" not in (folder / "install.bat").read_text(encoding="ascii")
    assert call(folder, "install.bat") == ["got|install", "code 7"]
