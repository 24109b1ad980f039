"""Runs through the death of the daemon, of the keeper, and through an orderly end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psutil
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for

if sys.platform == "win32":
    pytest.skip("shell scripts of POSIX", allow_module_level=True)

MODULES = r"""
modules:
  lines:
    command:
      - sh
      - -c
      - |
        for i in $(seq 1 15); do echo "line $i of $CONTROL_CENTER_RUN_ID"; done
        while [ ! -e back ]; do sleep 0.05; done
        for i in $(seq 16 30); do echo "line $i of $CONTROL_CENTER_RUN_ID"; done
        exit 7
  quick: {command: [sh, -c, 'while [ ! -e alone ]; do sleep 0.05; done; echo said; exit 3']}
  long: {command: [sleep, "300"]}
  once: {command: [sh, -c, 'echo "$CONTROL_CENTER_RUN_ID" >> done']}
  one: {command: [sleep, "300"], concurrency: 1}
  secret:
    command: [sh, -c, "sleep 300"]
    concurrency: 1
    parameters: [{name: key, type: password}]
  slow: {command: [sleep, "300"], timeout: 1s}
  again: {command: [sh, -c, 'date +%s.%N >> tried; exit 1'], retries: {attempts: 1, delay: 8s}}
  stubborn:
    command:
      - sh
      - -c
      - 'trap "" TERM; sh -c "while true; do sleep 1; done" & while true; do sleep 1; done'
    stop: {timeout: 3s}
"""


def ask(daemon: Daemon, module: str, **parameters: Any) -> str:
    answer = daemon.http.post("/api/runs", json={"module_id": module, "parameters": parameters})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


def seen(daemon: Daemon, run_id: str) -> dict[str, Any]:
    answer = daemon.http.get(f"/api/runs/{run_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def until(daemon: Daemon, run_id: str, *statuses: str) -> dict[str, Any]:
    def there() -> dict[str, Any] | None:
        view = seen(daemon, run_id)
        return view if view["status"] in statuses else None

    found: dict[str, Any] = wait_for(there, 30, f"{run_id} is {statuses}")
    return found


def log_of(daemon: Daemon, run_id: str) -> list[str]:
    return (daemon.data_dir / "runs" / run_id / "output.log").read_text().splitlines()


def test_ten_runs_outlive_a_killed_daemon_with_their_whole_logs_and_their_exit_codes(
    daemons: Callable[..., Daemon],
) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="10")
    going = [ask(daemon, "lines") for _ in range(7)]
    quick = [ask(daemon, "quick") for _ in range(3)]
    waiting = [ask(daemon, "long") for _ in range(2)]
    pids = {run: until(daemon, run, "running")["pid"] for run in going}
    for run in quick:
        until(daemon, run, "running")
    daemon.kill()
    (daemon.folder / "alone").touch()
    wait_for(lambda: all(log_of(daemon, run) == ["said"] for run in quick), 20, "some end while nobody is there")
    assert all(alive(pid) for pid in pids.values())
    daemon.start()
    for run, pid in pids.items():
        view = seen(daemon, run)
        assert (view["status"], view["pid"]) == ("running", pid)
    (daemon.folder / "back").touch()
    for run in going:
        view = until(daemon, run, "failed", "interrupted", "completed")
        assert (view["status"], view["exit_code"]) == ("failed", 7)
        assert log_of(daemon, run) == [f"line {number} of {run}" for number in range(1, 31)]
    for run in quick:
        view = until(daemon, run, "failed", "interrupted", "completed")
        assert (view["status"], view["exit_code"], view["error_message"]) == ("failed", 3, "said")
    for run in waiting:  # they had to wait for ten places, and got them
        assert until(daemon, run, "running")["attempt"] == 1
        assert daemon.http.delete(f"/api/runs/{run}").json()["status"] == "cancelled"
    runs = daemon.http.get("/api/runs").json()
    assert runs["total"] == 12
    assert daemon.http.get("/api/runs", params={"status": "running"}).json()["total"] == 0


def test_what_was_promised_before_a_kill_is_done_once(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="3")
    asked = [ask(daemon, "once") for _ in range(10)]
    daemon.kill()
    daemon.start()
    for run in asked:
        assert until(daemon, run, "completed", "failed", "interrupted")["status"] == "completed"
    assert sorted((daemon.folder / "done").read_text().split()) == sorted(asked)
    assert daemon.http.get("/api/runs").json()["total"] == 10


def test_what_waited_goes_on_waiting_and_a_place_is_free_when_its_holder_ends(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    first, second = ask(daemon, "one"), ask(daemon, "one")
    pid = until(daemon, first, "running")["pid"]
    daemon.kill()
    daemon.start()
    assert seen(daemon, second)["status"] == "queued"
    assert "may run once at a time" in seen(daemon, second)["waiting_for"]
    os.kill(pid, signal.SIGKILL)
    view = until(daemon, first, "failed")
    assert (view["exit_signal"], view["reason"]) == (9, "SIGKILL (9)")
    assert until(daemon, second, "running")["pid"] != pid


def test_a_secret_is_nowhere_and_a_run_that_waited_with_one_says_so_after_a_kill(
    daemons: Callable[..., Daemon],
) -> None:
    daemon = daemons(MODULES)
    first, second = ask(daemon, "secret", key="hush-hush-hush"), ask(daemon, "secret", key="hush-hush-hush")
    until(daemon, first, "running")
    assert seen(daemon, second)["parameters"] == {"key": "•••"}
    daemon.kill()
    daemon.start()
    view = until(daemon, second, "interrupted")
    assert "held in memory only" in view["reason"]
    assert until(daemon, first, "running")["parameters"] == {"key": "•••"}
    held = [path for path in daemon.folder.rglob("*") if path.is_file()]
    assert not [path for path in held if b"hush-hush-hush" in path.read_bytes()]


def test_a_cancelled_run_is_brought_down_by_the_next_daemon(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    run = ask(daemon, "stubborn")
    pid = until(daemon, run, "running")["pid"]
    members = wait_for(lambda: psutil.Process(pid).children(recursive=True), what="it has a child")
    assert daemon.http.delete(f"/api/runs/{run}", params={"timeout": 0.3}).status_code == 202
    daemon.kill()
    assert alive(pid)
    daemon.start()
    view = until(daemon, run, "cancelled", "failed", "completed", "interrupted")
    assert view["status"] == "cancelled"
    assert not [one for one in (pid, *(member.pid for member in members)) if alive(one)]


def test_an_orderly_end_stops_what_runs_and_keeps_what_waits(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="1")
    (daemon.folder / "alone").touch()
    first, second = ask(daemon, "long"), ask(daemon, "quick")
    pid = until(daemon, first, "running")["pid"]
    daemon.stop()
    assert not alive(pid)
    daemon.start()
    view = seen(daemon, first)
    assert (view["status"], view["reason"]) == ("interrupted", "the control center was stopped")
    assert until(daemon, second, "failed")["exit_code"] == 3


def test_a_run_whose_keeper_died_is_interrupted_and_its_place_is_free(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="1")
    (daemon.folder / "alone").touch()
    first, second = ask(daemon, "long"), ask(daemon, "quick")
    until(daemon, first, "running")
    os.kill(daemon.keeper_pid, signal.SIGKILL)
    assert "keeper" in until(daemon, first, "interrupted")["reason"]
    assert until(daemon, second, "failed")["exit_code"] == 3


def test_a_run_whose_keeper_died_with_the_daemon_is_interrupted(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    run = ask(daemon, "long")
    pid = until(daemon, run, "running")["pid"]
    assert daemon.http.get("/api/runs").json()["total"] == 1  # stored: it is not the keeper alone who knows of it
    daemon.kill()
    os.kill(daemon.keeper_pid, signal.SIGKILL)
    daemon.start()
    assert until(daemon, run, "interrupted")["completed_at"] is not None
    wait_for(lambda: not alive(pid), what="what it left is ended")


def test_time_goes_on_while_nobody_is_there(daemons: Callable[..., Daemon]) -> None:
    """A run that takes too long is ended by the next daemon, and the delay of a retry is neither cut nor begun anew."""
    daemon = daemons(MODULES)
    slow, again = ask(daemon, "slow"), ask(daemon, "again")
    pid = until(daemon, slow, "running")["pid"]
    view = wait_for(lambda: (found := seen(daemon, again))["attempts"] and found, what="the first attempt is over")
    daemon.kill()
    time.sleep(1.2)
    daemon.start()
    assert until(daemon, slow, "timed_out")["reason"] == "it took longer than 1 s"
    assert not alive(pid)
    waits = seen(daemon, again)
    assert (waits["status"], waits["retry_at"]) == ("queued", view["retry_at"])
    view = until(daemon, again, "failed")
    first, second = (datetime.fromisoformat(at) for at in (view["attempts"][0]["ended_at"], waits["retry_at"]))
    assert (second - first).total_seconds() == pytest.approx(8, abs=0.01)
    started = (daemon.folder / "tried").read_text().split()
    assert len(started) == 2
    assert float(started[1]) >= second.timestamp() - 0.1
