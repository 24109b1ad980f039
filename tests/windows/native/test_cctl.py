"""The command line on Windows: it starts the daemon outside of its console, asks it, and ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from backend.config import Settings
from cctl.autostart import Start
from cctl.autostart.windows import Task, read

assert sys.platform == "win32"

pytestmark = pytest.mark.timeout(290)  # it starts a whole daemon

ROOT = Path(__file__).resolve().parents[3]
Ended = subprocess.CompletedProcess[str]


class Cctl:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "data folder"
        definitions = {
            "services": {
                "tool": {"command": [sys.executable, "-u", "-c", "print('ünï')\nimport time; time.sleep(300)"]}
            }
        }
        (folder / "mine.json").write_text(json.dumps(definitions), encoding="utf-8")
        own = {"CONFIG_DIR": str(folder), "CONFIG_FILE": "mine.json", "PORT": "0"}
        kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        self.environment = {**kept, **own}

    def __call__(self, *arguments: str) -> Ended:
        """Output goes into a file, which no process that goes on can hold up."""
        with (self.data.parent / "output.txt").open("w+b") as output:
            code = subprocess.run(
                [sys.executable, "-X", "utf8", "-m", "cctl", "--data-dir", str(self.data), *arguments], cwd=ROOT,
                env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=150, check=False,
            ).returncode  # fmt: skip
            output.seek(0)
            return Ended(arguments, code, output.read().decode())


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


def test_a_task_means_this_interpreter_and_user(tmp_path: Path) -> None:
    text = Task(str(ROOT)).text(Start([sys.executable, "-m", "backend", "--no-browser"], str(ROOT), "", ""))
    ElementTree.fromstring(text.partition("?>")[2])
    found = read(text.encode("utf-16"))
    assert found is not None
    assert Path(found.program).parent == Path(sys.executable).parent
    assert found.folder == str(ROOT)
