"""The whole daemon on Windows: served over HTTP, terminated, started again, asked to leave in each way there is."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from venv import EnvBuilder

import psutil
import pytest

from tests.windows.native.daemons import Daemon, Place, free_port, no_longer

assert sys.platform == "win32"

PORT = free_port()
SERVE = f"import socket, time\nserver = socket.create_server(('127.0.0.1', {PORT}))\nwhile True: time.sleep(0.05)"
REPLACE = f"import subprocess, sys, time; time.sleep(0.5); subprocess.Popen([sys.executable, '-c', {SERVE!r}])"
SERVICES: dict[str, dict[str, Any]] = {
    "tool": {
        "command": [sys.executable, "-u", "-c", "import time; print('up'); time.sleep(300)"],
        "start_seconds": 0.1,
    },
    "child": {
        "command": [
            sys.executable,
            "-u",
            "-c",
            "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)']).wait()",
        ],
        "stop": {"signal": "CTRL_C", "timeout": 3},
    },
    "stubborn": {
        "command": [
            sys.executable,
            "-u",
            "-c",
            "import signal, time\nsignal.signal(signal.SIGBREAK, lambda *_: print('no'))\nprint('up')\n"
            "while True: time.sleep(0.1)",
        ],
        "stop": {"timeout": 1},
    },
    "lasting": {
        "command": [sys.executable, "-c", "import time; time.sleep(300)"],
        "lifetime": "persistent",
    },
    "probed": {
        "command": [sys.executable, "-c", "import time; time.sleep(300)"],
        "health": {"command": ["well", "yes"], "interval": 0.5},
    },
    "heir": {"command": [sys.executable, "-c", REPLACE], "port": PORT, "start_seconds": 0.1, "stop": {"timeout": 1}},
    "missing": {"command": ["no-such-program-anywhere"]},
}


def pythons(daemon: Daemon, service: str) -> list[int]:
    """Without the console host, which may be a member too."""
    found = daemon.get(f"/api/services/{service}")["processes"]
    return [process["pid"] for process in found if process["name"].lower().startswith("python")]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path, SERVICES)
    yield place
    place.clear()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """With a daemon that all tests use which leave it running."""
    place = Place(tmp_path_factory.mktemp("shared"), SERVICES)
    place.daemon().until_ready()
    yield place
    place.clear()


@pytest.fixture
def daemon(shared: Place) -> Daemon:
    return shared.daemons[0]


def test_services_are_started_looked_at_and_stopped_with_their_trees(daemon: Daemon) -> None:
    pid = daemon.post("/api/services/child/start?wait=running")["pid"]
    deadline = time.monotonic() + 10
    while len(members := pythons(daemon, "child")) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert pid in members
    assert len(members) == 2
    started = time.monotonic()
    assert daemon.post("/api/services/child/stop")["status"] == "stopped"
    assert time.monotonic() - started < 3
    assert all(no_longer(member) for member in members)


def test_tool_that_ignores_ctrl_break_is_ended_after_its_grace(daemon: Daemon) -> None:
    pid = daemon.post("/api/services/stubborn/start?wait=running")["pid"]
    while daemon.get("/api/services/stubborn/logs?lines=5")["logs"] != ["up"]:
        time.sleep(0.05)  # until it hears of Ctrl+Break
    asked = time.monotonic()
    assert daemon.post("/api/services/stubborn/stop")["status"] == "stopped"
    assert 0.9 < time.monotonic() - asked < 4
    assert no_longer(pid)
    assert daemon.get("/api/services/stubborn/logs?lines=5")["logs"] == ["up", "no"]


def test_batch_file_in_the_folder_of_the_service_can_be_its_probe(daemon: Daemon) -> None:
    daemon.post("/api/services/probed/start?wait=healthy&timeout=60")
    assert daemon.get("/api/services/probed")["health"] == "healthy"


def test_tool_that_replaces_itself_is_supervised_under_its_new_pid(daemon: Daemon) -> None:
    first = daemon.post("/api/services/heir/start?wait=running")["pid"]
    deadline = time.monotonic() + 60
    while (view := daemon.get("/api/services/heir"))["pid"] in {None, first} and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (view["status"], view["restarts"]) == ("running", 0)
    assert view["pid"] != first
    socket.create_connection(("127.0.0.1", PORT), 5).close()
    assert daemon.post("/api/services/heir/stop")["status"] == "stopped"
    assert no_longer(view["pid"])


def test_program_that_is_missing_is_named(daemon: Daemon) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        daemon.post("/api/services/missing/start")
    problem = json.load(caught.value)
    assert (problem["status"], problem["error_code"]) == (422, "launch_failed")
    assert "no-such-program-anywhere: not found" in problem["detail"]


@pytest.fixture
def venv(tmp_path: Path) -> str:
    """The python.exe of a virtual environment: a launcher that takes the interpreter along when it is ended."""
    environment = EnvBuilder(system_site_packages=True, with_pip=False)
    environment.create(tmp_path / "venv")
    return str(tmp_path / "venv" / "Scripts" / "python.exe")


def test_terminated_daemon_loses_no_tool(place: Place, venv: str) -> None:
    first = place.daemon(python=venv).until_ready()
    pids = {name: first.post(f"/api/services/{name}/start?wait=running")["pid"] for name in ("tool", "child")}
    keeper = place.keeper
    first.process.kill()
    first.process.wait(60)
    again = place.daemon().until_ready()
    assert {name: again.pid_of(name) for name in pids} == pids
    assert place.keeper == keeper
    assert again.get("/api/services/tool")["status"] == "running"
    assert again.get("/api/services/tool/logs?lines=5")["logs"] == ["up"]


def test_second_daemon_on_the_same_folder_is_refused(shared: Place, daemon: Daemon) -> None:
    second = shared.daemon()
    words, _ = second.process.communicate(timeout=90)
    assert second.process.returncode == 3
    assert f"pid {daemon.process.pid}, http://127.0.0.1:{daemon.port}" in words
    assert daemon.get("/health")["status"] == "healthy"


def test_ctrl_break_is_an_orderly_exit(place: Place) -> None:
    daemon = place.daemon(subprocess.CREATE_NEW_PROCESS_GROUP).until_ready()
    tool = daemon.post("/api/services/tool/start?wait=running")["pid"]
    os.kill(daemon.process.pid, signal.CTRL_BREAK_EVENT)
    daemon.ended(0)
    assert no_longer(tool)
    assert no_longer(place.keeper) or place.keeper is None


def test_ctrl_c_is_an_orderly_exit_and_reaches_no_tool(place: Place) -> None:
    from keeper.windows_console import interrupt

    daemon = place.daemon(subprocess.CREATE_NO_WINDOW).until_ready()
    tool = daemon.post("/api/services/tool/start?wait=running")["pid"]
    lasting = daemon.post("/api/services/lasting/start?wait=running")["pid"]
    interrupt(signal.CTRL_C_EVENT, [daemon.process.pid])
    daemon.ended(0)
    assert no_longer(tool)
    assert psutil.pid_exists(lasting)


def test_closed_console_is_an_orderly_exit_within_five_seconds(place: Place) -> None:
    from tests.windows.native.console_events import close_console_of

    daemon = place.daemon(subprocess.CREATE_NO_WINDOW).until_ready()
    tool = daemon.post("/api/services/tool/start?wait=running")["pid"]
    closed = time.monotonic()
    close_console_of(daemon.process.pid)
    daemon.ended(0)
    assert time.monotonic() - closed < 5
    assert no_longer(tool)


def test_asked_by_the_api_it_stops_all_but_what_is_persistent(shared: Place, daemon: Daemon) -> None:
    """The last of the tests that use this daemon."""
    tool = daemon.post("/api/services/tool/start?wait=running")["pid"]
    lasting = daemon.post("/api/services/lasting/start?wait=running")["pid"]
    daemon.post("/api/shutdown")
    daemon.ended(0)
    assert no_longer(tool)
    assert psutil.pid_exists(lasting)
    assert shared.keeper is not None
