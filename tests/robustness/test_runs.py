"""Runs while another program holds the database, and beside one that prints without end."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.database.conftest import locked
from tests.fakes.daemon import Daemon, alive, wait_for

if sys.platform == "win32":
    pytest.skip("shell commands of POSIX", allow_module_level=True)

MODULES = """
modules:
  quick: {command: ["true"]}
  long: {command: [sleep, "300"]}
  loud: {command: ["yes", "a line that is printed again and again and again"]}
"""


def ask(daemon: Daemon, module: str) -> str:
    answer = daemon.http.post("/api/runs", json={"module_id": module})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


def until(daemon: Daemon, run_id: str, status: str) -> dict[str, Any]:
    def there() -> dict[str, Any] | None:
        view: dict[str, Any] = daemon.http.get(f"/api/runs/{run_id}").json()
        return view if view["status"] == status else None

    found: dict[str, Any] = wait_for(there, 30, f"it is {status}")
    return found


def test_runs_start_and_end_while_the_database_is_held_and_are_stored_afterwards(
    daemons: Callable[..., Daemon],
) -> None:
    daemon = daemons(MODULES)
    before = ask(daemon, "long")
    pid = until(daemon, before, "running")["pid"]
    with locked(daemon.data_dir / "control-center.db"):
        during = ask(daemon, "quick")
        assert until(daemon, during, "completed")["exit_code"] == 0
        assert daemon.http.delete(f"/api/runs/{before}").json()["status"] == "cancelled"
        assert not alive(pid)
    wait_for(lambda: daemon.http.get("/api/runs", params={"status": "cancelled"}).json()["runs"], 40)
    daemon.kill()
    daemon.start()
    assert until(daemon, during, "completed")["completed_at"] is not None
    assert until(daemon, before, "cancelled")["completed_at"] is not None
    assert daemon.http.get("/api/runs").json()["total"] == 2


def test_a_run_that_prints_without_end_holds_up_nobody(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, WS_UPDATE_INTERVAL="0.2")
    quiet = _answers(daemon)
    loud = ask(daemon, "loud")
    wait_for(lambda: (until(daemon, loud, "running")["log_lines"] or 0) > 100_000, 30, "it has printed much")
    assert _answers(daemon) < max(0.1, 20 * quiet)
    begun = time.monotonic()
    assert daemon.http.delete(f"/api/runs/{loud}").json()["status"] == "cancelled"
    assert time.monotonic() - begun < 20
    folder = daemon.data_dir / "runs" / loud
    assert 0 < sum(file.stat().st_size for file in folder.iterdir()) < 2**31


def _answers(daemon: Daemon) -> float:
    """Seconds that an answer takes, of many the one in the middle."""
    taken = []
    for _ in range(30):
        begun = time.monotonic()
        daemon.http.get("/api/runs/run_20260101_000000_x_00000000")
        taken.append(time.monotonic() - begun)
    return statistics.median(taken)


def test_a_run_that_would_wait_while_the_database_is_held_is_refused_not_lost(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="1")
    going = ask(daemon, "long")
    until(daemon, going, "running")
    with locked(daemon.data_dir / "control-center.db"):
        refused = daemon.http.post("/api/runs", json={"module_id": "quick"})
        assert (refused.status_code, refused.json()["error_code"]) == (503, "run_not_kept")
    daemon.http.delete(f"/api/runs/{going}")
    wait_for(lambda: daemon.http.get("/api/runs", params={"status": "cancelled"}).json()["total"] == 2, 40)
    [run] = daemon.http.get("/api/runs", params={"module_id": "quick"}).json()["runs"]
    assert (run["started_at"], run["reason"]) == (None, "it was refused, for the database did not answer")
