"""Runs are asked for while daemon and keeper are killed at random. Whoever got an answer finds their run.

`CONTROL_CENTER_SEED` is what chance begins with.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest

from tests.fakes.daemon import Daemon, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell")

MODULES = """
modules:
  counts:
    command:
      - sh
      - -c
      - 'echo "$CONTROL_CENTER_RUN_ID" >> begun; for i in $(seq 40); do echo "line $i"; sleep 0.02; done; exit 7'
  short: {command: [sh, -c, 'echo "$CONTROL_CENTER_RUN_ID" >> begun']}
"""
FINISHED = {"completed", "failed", "cancelled", "timed_out", "interrupted"}


class Client(threading.Thread):
    """Asks for runs until told to leave; `promised` are those that were answered, `faults` wrong answers."""

    def __init__(self, address: str, seed: int) -> None:
        super().__init__()
        self._address = address
        self._chance = random.Random(seed)
        self._leaving = threading.Event()
        self.promised: list[tuple[str, str]] = []
        self.faults: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._address, timeout=30, trust_env=False) as http:
            while not self._leaving.wait(self._chance.uniform(0, 0.05)):
                module = self._chance.choice(["counts", "short", "short"])
                with suppress(httpx.TransportError):  # the daemon is gone at the moment
                    self._note(module, http.post("/api/runs", json={"module_id": module}))

    def _note(self, module: str, answer: httpx.Response) -> None:
        if answer.status_code == 202:
            self.promised.append((answer.json()["run_id"], module))
        elif answer.status_code != 503:
            self.faults.append(answer.text)

    def leave(self) -> None:
        self._leaving.set()
        self.join()


def stored(daemon: Daemon) -> tuple[dict[str, str], dict[str, set[str]]]:
    """State by run and the kinds of events by run, as the file has them while nobody is there."""
    with closing(sqlite3.connect(daemon.data_dir / "control-center.db")) as database:
        states = dict(database.execute("SELECT run_id, status FROM runs JOIN job_history ON job_id = id"))
        events: dict[str, set[str]] = {}
        for subject, kind in database.execute("SELECT subject, type FROM events WHERE area = 'runs'"):
            events.setdefault(subject, set()).add(kind.removeprefix("run."))
        return states, events


def strike(daemon: Daemon, *, keeper: bool) -> None:
    """Kills, looks at what is stored, starts again."""
    daemon.kill()
    if keeper:
        with suppress(KeyError, ProcessLookupError):
            os.kill(daemon.keeper_pid, signal.SIGKILL)
    states, events = stored(daemon)
    assert set(states) == set(events), "each run with the fact that it was asked for, and no fact without its run"
    for run, state in states.items():
        told = events[run] & FINISHED
        assert told == ({state} if state in FINISHED else set()), f"{run} is {state}, {events[run]} was told"
    daemon.start()


def all_runs(daemon: Daemon) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = daemon.http.get("/api/runs", params={"limit": 100, "offset": len(found)}).json()
        found += page["runs"]
        if not page["runs"]:
            return found


def at_rest(daemon: Daemon) -> list[dict[str, Any]]:
    runs = all_runs(daemon)
    return runs if all(run["status"] in FINISHED for run in runs) else []


def chaos(daemon: Daemon, seed: int, kills: int, *, keeper: bool) -> tuple[list[tuple[str, str]], dict[str, Any], str]:
    """What was promised, and every run at the end."""
    chance = random.Random(seed)
    clients = [Client(daemon.address, seed + number) for number in range(2)]
    for client in clients:
        client.start()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.02, 0.6))
            strike(daemon, keeper=keeper and chance.random() < 0.6)
    finally:
        for client in clients:
            client.leave()
    told = f"seed {seed}"
    assert [fault for client in clients for fault in client.faults] == [], told
    runs = wait_for(lambda: at_rest(daemon), 120, f"{told}: all have finished")
    promised = [one for client in clients for one in client.promised]
    found = {run["run_id"]: run for run in runs}
    assert len(found) == len(runs), told
    assert [run for run, _ in promised if run not in found] == [], f"{told}: what was answered is there"
    assert "Traceback" not in daemon.output.read_text(errors="replace"), told
    return promised, found, told


@pytest.mark.timeout(240)
def test_runs_outlive_every_death_of_the_daemon_and_have_their_true_ends(
    daemons: Callable[..., Daemon], seed: int
) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="10")
    promised, found, told = chaos(daemon, seed, 6, keeper=False)
    for run, module in promised:
        view = found[run]
        wanted = ("completed", 0) if module == "short" else ("failed", 7)
        assert (view["status"], view["exit_code"], view["attempt"]) == (*wanted, 1), f"{told}: {view}"
        if module == "counts":
            lines = (daemon.data_dir / "runs" / run / "output.log").read_text().splitlines()
            assert lines == [f"line {number}" for number in range(1, 41)], f"{told}: {run}"
    begun = Counter((daemon.folder / "begun").read_text().split())
    assert begun == Counter(found.keys()), f"{told}: each was executed once"


@pytest.mark.timeout(240)
def test_no_promised_run_is_lost_when_daemon_and_keeper_die_together(daemons: Callable[..., Daemon], seed: int) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="10")
    promised, found, told = chaos(daemon, seed, 6, keeper=True)
    good = {"counts": ("failed", 7), "short": ("completed", 0)}
    for run, module in promised:
        view = found[run]
        ended = view["status"], view["exit_code"]
        assert ended == good[module] or view["status"] == "interrupted", f"{told}: {view}"
        assert view["status"] != "interrupted" or "keeper" in view["reason"], f"{told}: {view}"
