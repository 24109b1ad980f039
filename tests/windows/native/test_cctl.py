"""The command line on Windows: it starts the daemon outside of its console, asks it, and ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest

from backend.config import Settings
from cctl.autostart import Start
from cctl.autostart.windows import Task, read

assert sys.platform == "win32"

pytestmark = pytest.mark.timeout(290)  # it starts a whole daemon

ROOT = Path(__file__).resolve().parents[3]
TELL = "import os, sys; print(*map(ascii, sys.argv[1:]), os.environ['KEY']); sys.exit(7)"
TOKEN = {"secret": True, "env": "KEY"}
CRASH = "import ctypes; ctypes.windll.kernel32.ExitProcess(0xC0000005)"
TICKER = [sys.executable, "-u", "-c", "import time\nfor n in range(10**6): print('tick', n); time.sleep(0.02)"]
Ended = subprocess.CompletedProcess[str]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Cctl:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "data folder"
        definitions = {
            "services": {
                "tool": {"command": [sys.executable, "-u", "-c", "print('ünï')\nimport time; time.sleep(300)"]}
            },
            "modules": {
                "tell": {"command": [sys.executable, "-c", TELL], "parameters": {"who": {}, "key": TOKEN}},
                "crash": {"command": [sys.executable, "-c", CRASH]},
                "ticker": {"command": TICKER},
                "late": {"command": TICKER},
            },
        }
        (folder / "mine.json").write_text(json.dumps(definitions), encoding="utf-8")
        own = {"CONFIG_DIR": str(folder), "CONFIG_FILE": "mine.json", "PORT": "0", "DATA_DIR": str(self.data)}
        kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        self.environment = {**kept, **own}
        self.output = folder / "output.txt"

    def __call__(self, *arguments: str, **given: str) -> Ended:
        code = self.begin(*arguments, **given).wait(150)
        return Ended(arguments, code, self.said())

    def begin(self, *arguments: str, **given: str) -> subprocess.Popen[bytes]:
        """Output goes into a file, which no process that goes on can hold up. `given` is in the environment, too."""
        with self.output.open("wb") as output:
            return self._start(arguments, given, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def at_console(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Its streams lead to a console of its own, where somebody may type."""
        return self._start(arguments, {})

    def _start(self, arguments: tuple[str, ...], given: dict[str, str], **streams: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "cctl", *arguments], cwd=ROOT,
            env={**self.environment, **given}, creationflags=subprocess.CREATE_NO_WINDOW, **streams,
        )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def says(self, words: str) -> None:
        until(lambda: words in self.said())

    def wrote(self, module: str, words: str) -> None:
        """Waits until a run of the module has printed the words."""
        until(lambda: any(words in log.read_text("utf-8") for log in self.data.glob(f"runs/*_{module}_*/output.log")))

    def statuses(self) -> dict[str, str]:
        """Of the newest run of each module."""
        address = json.loads(self("daemon", "status", "--json").stdout)["address"]
        with urllib.request.urlopen(f"{address}/api/runs", timeout=60) as answer:
            return {run["module_id"]: run["status"] for run in reversed(json.load(answer)["runs"])}


@pytest.fixture(scope="module")
def cctl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cctl]:
    made = Cctl(tmp_path_factory.mktemp("cctl"))
    yield made
    made("daemon", "stop")


@pytest.fixture(scope="module")
def running(cctl: Cctl) -> Cctl:
    """With a daemon that all tests share behind the first, which ends its own."""
    assert cctl("daemon", "start").returncode == 0
    return cctl


def test_it_starts_the_daemon_asks_it_and_ends_it(cctl: Cctl) -> None:
    assert cctl("status").returncode == 3
    started = cctl("daemon", "start", "--json")
    assert started.returncode == 0, started.stdout
    pid = json.loads(started.stdout)["pid"]
    assert psutil.pid_exists(pid)
    up = cctl("up", "tool", "--wait", "running")
    assert (up.returncode, up.stdout.strip()) == (0, "● tool is running.")
    status = json.loads(cctl("status", "--json").stdout)
    assert [one["status"] for one in status["services"]] == ["running"]
    assert "running" in cctl("status").stdout
    logs = json.loads(cctl("logs", "--json", "tool").stdout)
    assert logs == {"service": "tool", "line": "ünï"}
    assert cctl("daemon", "stop").returncode == 0
    assert cctl("daemon", "status").returncode == 3
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=60)
    assert not psutil.pid_exists(pid)


def test_it_runs_a_module_and_ends_as_it_ends(running: Cctl) -> None:
    told = running("run", "tell", "--who", "ünï & %PATH%", PARAM_KEY="geheim")
    assert told.returncode == 7, told.stdout
    assert ascii("ünï & %PATH%") + " geheim\n" in told.stdout
    assert running("run", "crash").returncode == 0xC0000005
    assert running("run", "tell", "--key", "geheim").returncode == 2
    offered = running("__complete", "run", "").stdout.splitlines()
    assert [line.partition("\t")[0] for line in offered] == ["tell", "crash", "ticker", "late"]


def test_ctrl_c_asks_at_the_console_and_leaves_the_run_alone_where_there_is_none(running: Cctl) -> None:
    from keeper.windows_console import interrupt
    from tests.windows.native.console_events import type_at

    alone = running.begin("run", "ticker")
    running.says("tick 5")
    interrupt(signal.CTRL_C_EVENT, [alone.pid])
    assert alone.wait(60) == 130
    assert "runs on" in running.said()
    asked = running.at_console("run", "late")
    running.wrote("late", "tick 5")
    interrupt(signal.CTRL_C_EVENT, [asked.pid])
    type_at(asked.pid, "c\r")
    assert asked.wait(60) == 130
    statuses = running.statuses()
    assert (statuses["ticker"], statuses["late"]) == ("running", "cancelled")


def test_secret_is_typed_at_the_console(running: Cctl) -> None:
    from tests.windows.native.console_events import type_at

    asking = running.at_console("run", "tell", "--key")
    type_at(asking.pid, "geheim\r")
    assert asking.wait(150) == 7
    running.wrote("tell", "geheim")


def test_a_task_means_this_interpreter_and_user(tmp_path: Path) -> None:
    text = Task(str(ROOT)).text(Start([sys.executable, "-m", "backend", "--no-browser"], str(ROOT), "", ""))
    ElementTree.fromstring(text.partition("?>")[2])
    found = read(text.encode("utf-16"))
    assert found is not None
    assert Path(found.program).parent == Path(sys.executable).parent
    assert found.folder == str(ROOT)
