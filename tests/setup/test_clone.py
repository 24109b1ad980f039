"""A copy of the project as a newcomer has it: set up, started, joined by a second start, stopped. The long one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from backend.config import ROOT

T = TypeVar("T")

pytestmark = [
    pytest.mark.setup,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.name == "nt", reason="uses the shell files; test_batch_files.py has those of Windows"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this folder is no git checkout to copy from"),
]


def eventually(look: Callable[[], T | None], seconds: float) -> T:
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"nothing within {seconds} s"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git would give to others, with what is not committed yet."""
    made = tmp_path_factory.mktemp("clone") / "Control Center & ünï"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, made / name)
    return made


@pytest.fixture(scope="module")
def installed(clone: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Without the terminal: whatever asked a question would end."""
    ended = subprocess.run(
        [str(clone / "install.sh")], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=500, check=False,
    )  # fmt: skip
    return clone, ended


@pytest.fixture
def running(
    installed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> Iterator[tuple[list[str], Path, subprocess.Popen[str]]]:
    folder, _ = installed
    data = tmp_path / "data"
    options = ["--no-browser", "--port", "0", "--data-dir", str(data), "--config", str(data / "cc.yaml")]
    command = [str(folder / "run.sh"), *options]
    process = subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield command, data, process
    if process.poll() is None:
        process.kill()
    process.communicate()


def address(data: Path, process: subprocess.Popen[str]) -> str | None:
    assert process.poll() is None, process.communicate()[0]
    try:
        return str(json.loads((data / "daemon.lock").read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError):
        return None


def test_install_sets_up_asks_nothing_and_ends_with_the_next_step(
    installed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, ended = installed
    assert ended.returncode == 0, ended.stdout
    done, terminal, following = ended.stdout.splitlines()[-3:]
    assert (done, following) == ("Control Center is set up.", "Next step: ./run.sh")
    assert terminal.startswith("From a terminal: ./cctl.sh --help (")
    assert (folder / "frontend" / "dist" / "index.html").is_file()


def test_run_serves_the_dashboard_a_second_one_joins_and_ctrl_c_ends_it(
    running: tuple[list[str], Path, subprocess.Popen[str]],
) -> None:
    command, data, process = running
    at = eventually(lambda: address(data, process), 60)
    with urllib.request.urlopen(f"{at}/ui/", timeout=30) as answer:
        assert b"<html" in answer.read()

    second = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 0, second.stderr
    assert f"Control Center already runs: {at}/ui/ (pid {process.pid})" in second.stdout

    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=30)
    assert process.returncode == 0, shown
    assert f"Control Center runs: {at}/ui/\nTo stop it press Ctrl+C here." in shown
    assert "Installing" not in shown, "what install made is not made again"


def test_quick_check_by_another_python_uses_what_was_installed(
    installed: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = installed
    ended = subprocess.run(
        ["python3", str(folder / "quick_check.py")], cwd="/", capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"DATA_DIR": str(tmp_path), "CONFIG_DIR": str(tmp_path), "PORT": "0"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert str(folder / ".venv") in ended.stdout
