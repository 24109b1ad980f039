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
from tests.fakes.marked import marked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell")

MODULES = """
modules:
  counts:
    command:
      - sh
      - -c
      - 'echo "$CONTROL_CENTER_RUN_ID" >> begun; for i in $(seq 40); do echo "line $i"; sleep 0.02; done; exit 7'
  short: {command: [sh, -c, 'echo "$CONTROL_CENTER_RUN_ID" >> begun']}
  stubborn:
    command:
      - sh
      - -c
      - |
        echo "$CONTROL_CENTER_RUN_ID" >> begun
        trap "" TERM
        setsid sh -c 'trap "" TERM; while :; do sleep 0.2; done' &
        while :; do sleep 0.2; done
    stop: {timeout: 0.3s}
"""
GOOD = {"counts": ("failed", 7), "short": ("completed", 0), "stubborn": ("cancelled", None)}
FINISHED = {"completed", "failed", "cancelled", "timed_out", "interrupted"}


class Client(threading.Thread):
    """Asks for runs until told to leave, and cancels those that would never end; `promised` are those that were
    answered, `cancelled` those of which that was said, `faults` wrong answers."""

    def __init__(self, address: str, seed: int) -> None:
        super().__init__()
        self._address = address
        self._chance = random.Random(seed)
        self._leaving = threading.Event()
        self.promised: list[tuple[str, str]] = []
        self.cancelled: set[str] = set()
        self.faults: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._address, timeout=30, trust_env=False) as http:
            while not self._leaving.wait(self._chance.uniform(0, 0.05)):
                module = self._chance.choice(["counts", "short", "short", "stubborn"])
                with suppress(httpx.TransportError):  # the daemon is gone at the moment
                    self._want(http, module)

    def _want(self, http: httpx.Client, module: str) -> None:
        answer = http.post("/api/runs", json={"module_id": module})
        if answer.status_code != 202:
            if answer.status_code != 503:
                self.faults.append(answer.text)
            return
        run = answer.json()["run_id"]
        self.promised.append((run, module))
        if module == "stubborn":
            time.sleep(self._chance.uniform(0, 0.2))
            answer = http.delete(f"/api/runs/{run}")
            if answer.status_code == 200 and answer.json()["status"] == "cancelled":
                self.cancelled.add(run)
            elif answer.status_code not in {200, 202, 400, 503}:
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
    for run in daemon.http.get("/api/runs", params={"module_id": "stubborn", "limit": 100}).json()["runs"]:
        if run["status"] not in FINISHED:
            daemon.http.delete(f"/api/runs/{run['run_id']}")
    runs = wait_for(lambda: at_rest(daemon), 120, f"{told}: all have finished")
    promised = [one for client in clients for one in client.promised]
    found = {run["run_id"]: run for run in runs}
    assert len(found) == len(runs), told
    said = {run for client in clients for run in client.cancelled}
    assert {found[run]["status"] for run in said} <= {"cancelled"}, f"{told}: what was cancelled stays so"
    assert marked(daemon.data_dir) == {}, f"{told}: nothing of any run lives"
    assert [run for run, _ in promised if run not in found] == [], f"{told}: what was answered is there"
    assert "Traceback" not in daemon.output.read_text(errors="replace"), told
    return promised, found, told


def has_ended_well(view: dict[str, Any], module: str) -> bool:
    status, code = GOOD[module]
    return view["status"] == status and (view["exit_code"] == code or status == "cancelled")


@pytest.mark.timeout(240)
def test_runs_outlive_every_death_of_the_daemon_and_have_their_true_ends(
    daemons: Callable[..., Daemon], seed: int
) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="10")
    promised, found, told = chaos(daemon, seed, 6, keeper=False)
    for run, module in promised:
        assert has_ended_well(found[run], module), f"{told}: {found[run]}"
        if module == "counts":
            lines = (daemon.data_dir / "runs" / run / "output.log").read_text().splitlines()
            assert lines == [f"line {number}" for number in range(1, 41)], f"{told}: {run}"
    begun = Counter((daemon.folder / "begun").read_text().split())
    assert max(begun.values()) == 1, f"{told}: none was executed twice"
    cancelled = {run for run, view in found.items() if view["status"] == "cancelled"}
    assert found.keys() - begun.keys() <= cancelled, f"{told}: each was executed"


@pytest.mark.timeout(240)
def test_no_promised_run_is_lost_when_daemon_and_keeper_die_together(daemons: Callable[..., Daemon], seed: int) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="10")
    promised, found, told = chaos(daemon, seed, 6, keeper=True)
    for run, module in promised:
        lost = found[run]["status"] == "interrupted" and "keeper" in found[run]["reason"]
        assert lost or has_ended_well(found[run], module), f"{told}: {found[run]}"
