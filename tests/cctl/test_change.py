"""`cctl up`, `down`, `restart`: wishes, waiting for what comes of them, and the daemon's own words where it refuses."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cctl.conftest import DEFINITIONS, call, going, interrupt, started, until_up
from tests.fakes.daemon import Daemon, wait_for

pytestmark = pytest.mark.timeout(180)  # daemons start, and a busy machine takes its time

MORE = """
  listens:
    command: ["${center:python}", -m, http.server, --bind, 127.0.0.1, "PORT"]
    port: PORT
    tags: [net]
  deaf:
    command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]
    stop: {timeout: 3s}
  never: {command: [sleep, "1000"], health: {tcp: 1}}
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One that no other file sees."""
    with started(tmp_path_factory.mktemp("changed")) as made:
        yield made


def declare(daemon: Daemon, port: int) -> None:
    daemon.config.write_text(DEFINITIONS + MORE.replace("PORT", str(port)))
    wait_for(lambda: daemon.http.get("/api/services").json()["count"] == 7, what="the new services are declared")


def test_up_starts_and_says_so_and_again_is_no_failure(daemon: Daemon) -> None:
    first, again = call(daemon.data_dir, "up", "ticker"), call(daemon.data_dir, "up", "ticker")
    assert (first.returncode, first.stdout) == (0, "● Ticker is started.\n")
    pid = daemon.service("ticker")["pid"]
    assert (again.returncode, again.stdout) == (0, f"● Ticker is already running with pid {pid}.\n")


def test_what_cannot_start_is_exit_code_1_with_the_reason_and_the_others_start(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "up", "broken", "base")
    assert ended.returncode == 1
    assert ended.stderr == "✗ broken: no-such-program: No such file or directory\n"
    assert daemon.is_("base", "running")


def test_json_tells_each_result_in_the_order_asked_for(daemon: Daemon) -> None:
    results = json.loads(call(daemon.data_dir, "up", "--json", "broken", "ticker").stdout)["results"]
    assert [(one["id"], one["ok"], one["error_code"]) for one in results] == [
        ("broken", False, "launch_failed"),
        ("ticker", True, "already_running"),
    ]
    assert results[1].keys() == {"id", "ok", "status", "pid", "reason", "message", "error_code"}


def test_nothing_is_chosen_by_saying_nothing(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "down")
    assert ended.returncode == 2
    assert "--all" in ended.stderr
    wrong = call(daemon.data_dir, "up", "--tag", "nowhere")
    assert wrong.returncode == 4
    assert "Tags are: demo, pair." in wrong.stderr


def test_down_and_restart_by_tag_touch_what_is_up_only(daemon: Daemon) -> None:
    until_up(daemon, "base")
    before = daemon.service("base")["pid"]
    restarted = call(daemon.data_dir, "restart", "--tag", "pair", "--wait", "running")
    assert (restarted.returncode, restarted.stdout) == (0, "● base is running.\n")
    assert daemon.service("base")["pid"] != before
    assert daemon.service("upper")["status"] == "stopped"
    assert call(daemon.data_dir, "down", "--tag", "pair").stdout == "● base is stopped.\n"
    assert call(daemon.data_dir, "down", "--tag", "pair").stdout == "Nothing to do: none of these is up.\n"
    assert call(daemon.data_dir, "down", "base").returncode == 0, "it is down, as was wished"


def test_down_begins_with_what_depends_on_others(daemon: Daemon) -> None:
    assert call(daemon.data_dir, "up", "upper", "--wait", "running").returncode == 0
    assert call(daemon.data_dir, "down", "base", "upper").returncode == 0
    stopped = [event["subject"] for event in daemon.events("service.stopping") if event["subject"] in {"base", "upper"}]
    assert stopped[-2:] == ["upper", "base"]


def test_waiting_ends_when_it_is_healthy_or_cannot_become_so_or_the_time_is_up(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        declare(daemon, port)
        refused = call(daemon.data_dir, "up", "listens")
        assert refused.returncode == 1
        assert f"Port {port}" in refused.stderr
        assert "python" in refused.stderr, "whose it is"
    healthy = call(daemon.data_dir, "up", "listens", "--wait", "healthy", "--timeout", "20")
    assert (healthy.returncode, healthy.stdout) == (0, "● listens is healthy.\n")
    begun = time.monotonic()
    ended = call(daemon.data_dir, "up", "broken", "--wait", "running", "--timeout", "20")
    assert ended.returncode == 1
    assert time.monotonic() - begun < 10, "it does not wait for what cannot come"
    daemon.post("deaf", "start")
    slow = call(daemon.data_dir, "down", "deaf", "--timeout", "1")
    assert slow.returncode == 1
    assert "still being stopped" in slow.stderr


def test_ctrl_c_ends_the_waiting_and_not_the_wish(daemon: Daemon) -> None:
    with going(daemon.data_dir, "up", "never", "--wait", "healthy") as process:
        daemon.is_("never", "running")
        assert interrupt(process) == (130, "", "")
    assert daemon.service("never")["wanted"] == "up"


def test_start_brings_the_daemon_up_first(tmp_path: Path) -> None:
    config = tmp_path / "some.yaml"
    config.write_text("services: {one: {command: [sleep, '1000']}}\n")
    settings = {"CONFIG_DIR": str(tmp_path), "CONFIG_FILE": "some.yaml", "PORT": "0"}
    data_dir = tmp_path / "data"
    try:
        started = call(data_dir, "up", "one", "--start", **settings)
        assert (started.returncode, started.stdout) == (0, "● one is started.\n")
        assert call(data_dir, "status", **settings).returncode == 0
    finally:
        stopped = call(data_dir, "daemon", "stop")
    assert stopped.returncode == 0
    assert "has stopped" in stopped.stdout
    assert call(data_dir, "daemon", "status").returncode == 3
