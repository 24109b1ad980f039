"""The command line on Windows: it starts the daemon outside of its console, asks it, and ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from backend.config import Settings
from cctl.autostart import Start
from cctl.autostart.windows import Task, read
from keeper.windows_console import interrupt

assert sys.platform == "win32"

pytestmark = pytest.mark.timeout(290)  # it starts a whole daemon

ROOT = Path(__file__).resolve().parents[3]
TELL = "import os, sys; print(*map(ascii, sys.argv[1:]), os.environ['KEY']); sys.exit(7)"
TOKEN = {"secret": True, "env": "KEY"}
CRASH = "import ctypes; ctypes.windll.kernel32.ExitProcess(0xC0000005)"
TICK = "import time\nfor n in range(10**6): print('tick', n); time.sleep(0.02)"
Ended = subprocess.CompletedProcess[str]


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
                "ticker": {"command": [sys.executable, "-u", "-c", TICK]},
            },
        }
        (folder / "mine.json").write_text(json.dumps(definitions), encoding="utf-8")
        own = {"CONFIG_DIR": str(folder), "CONFIG_FILE": "mine.json", "PORT": "0"}
        kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        self.environment = {**kept, **own}

        self.output = folder / "output.txt"

    def __call__(self, *arguments: str) -> Ended:
        code = self.begin(*arguments).wait(150)
        return Ended(arguments, code, self.said())

    def begin(self, *arguments: str, flags: int = subprocess.CREATE_NO_WINDOW) -> subprocess.Popen[bytes]:
        """Output goes into a file, which no process that goes on can hold up."""
        first = [] if arguments[0] == "__complete" else ["--data-dir", str(self.data)]
        with self.output.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-X", "utf8", "-m", "cctl", *first, *arguments], cwd=ROOT,
                env={**self.environment, "DATA_DIR": str(self.data)}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, creationflags=flags,
            )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def says(self, words: str) -> None:
        deadline = time.monotonic() + 60
        while words not in self.said():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)


@pytest.fixture
def cctl(tmp_path: Path) -> Iterator[Cctl]:
    made = Cctl(tmp_path)
    yield made
    made("daemon", "stop")


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


def test_it_runs_a_module_and_ends_as_it_ends(cctl: Cctl) -> None:
    cctl.environment |= {"CCTL_START": "1", "PARAM_KEY": "geheim"}
    told = cctl("run", "tell", "--who", "ünï & %PATH%")
    assert told.returncode == 7, told.stdout
    assert ascii("ünï & %PATH%") + " geheim\n" in told.stdout
    assert cctl("run", "crash").returncode == 0xC0000005
    assert cctl("run", "tell", "--key", "geheim").returncode == 2
    assert {"tell", "crash", "ticker"} <= set(cctl("__complete", "run", "").stdout.replace("\t", "\n").split("\n"))


def test_ctrl_c_leaves_the_run_alone_where_nobody_can_be_asked_and_cancels_it_where_somebody_says_so(
    cctl: Cctl,
) -> None:
    cctl.environment |= {"CCTL_START": "1"}
    going = cctl.begin("run", "ticker")
    cctl.says("tick 5")
    interrupt(signal.CTRL_C_EVENT, [going.pid])
    assert going.wait(60) == 130
    assert "runs on" in cctl.said()


def test_a_task_means_this_interpreter_and_user(tmp_path: Path) -> None:
    text = Task(str(ROOT)).text(Start([sys.executable, "-m", "backend", "--no-browser"], str(ROOT), "", ""))
    ElementTree.fromstring(text.partition("?>")[2])
    found = read(text.encode("utf-16"))
    assert found is not None
    assert Path(found.program).parent == Path(sys.executable).parent
    assert found.folder == str(ROOT)
