"""Schedules through kills of the daemon: each time that was claimed is one run, and what was missed is as it says."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from tests.fakes.daemon import Daemon, wait_for

if sys.platform == "win32":
    pytest.skip("programs of POSIX", allow_module_level=True)

MODULES = """
modules:
  beats: {command: ["true"], schedule: {every: 1s}}
  other: {command: ["true"], schedule: {every: 1s}}
"""
DAILY = """
modules:
  makes-up: {command: ["true"], schedule: {every: 1d, missed: once}}
  skips: {command: ["true"], schedule: {every: 1d, missed: skip}}
  works: {command: [sh, -c, 'while [ ! -e end ]; do sleep 0.05; done']}
  follows: {command: ["true"], triggers: {after: works}}
"""


def runs(daemon: Daemon, module: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {"module_id": module, "limit": "100"} | ({"cursor": cursor} if cursor else {})
        page = daemon.http.get("/api/runs", params=query).json()
        found += page["runs"]
        if (cursor := page["cursor"]) is None:
            return found


def claims(daemon: Daemon) -> dict[int, tuple[int, str | None]]:
    """Of each schedule how often it was claimed, and who holds it."""
    with closing(sqlite3.connect(daemon.data_dir / "control-center.db")) as database:
        rows = database.execute("SELECT resource, fencing, holder FROM leases WHERE resource LIKE 'schedule:%'")
        return {int(resource.partition(":")[2]): (fencing, holder) for resource, fencing, holder in rows}


def test_every_claim_becomes_one_run_whenever_the_daemon_is_killed(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    chance = random.Random(4)
    for _ in range(6):
        wait_for(lambda: runs(daemon, "beats") and runs(daemon, "other"))
        time.sleep(chance.uniform(0.9, 1.1))  # about when the next is due
        daemon.kill()
        daemon.start()
    listed = daemon.http.get("/api/schedules").json()["schedules"]
    for one in listed:
        daemon.http.post(f"/api/schedules/{one['id']}/pause")
    wait_for(lambda: all(holder is None for _, holder in claims(daemon).values()), 30, "nothing is owed")
    for one in listed:
        found = runs(daemon, one["module_id"])
        assert len(found) == claims(daemon)[one["id"]][0]
        assert len({run["run_id"] for run in found}) == len(found)
        wait_for(partial(are_completed, daemon, one["module_id"]), 30)


def are_completed(daemon: Daemon, module: str) -> bool:
    return {run["status"] for run in runs(daemon, module)} == {"completed"}


def test_what_came_while_nobody_was_there_is_skipped_or_made_up_for_once(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DAILY)
    wait_for(lambda: daemon.http.get("/api/schedules").json()["total"] == 3)
    asked = daemon.http.post("/api/runs", json={"module_id": "works"}).json()
    wait_for(lambda: daemon.http.get(f"/api/runs/{asked['run_id']}").json()["status"] == "running")
    daemon.kill()
    with closing(sqlite3.connect(daemon.data_dir / "control-center.db")) as database:
        database.execute("UPDATE schedules SET next_at = '2026-01-01T00:00:00.000000+00:00' WHERE kind = 'every'")
        database.commit()
    (daemon.folder / "end").touch()
    daemon.start()
    (made_up,) = wait_for(lambda: runs(daemon, "makes-up"), 30)
    assert made_up["requested_by"] == "schedule"
    missed = wait_for(lambda: len(found := daemon.events("schedule.missed")) == 2 and found, 30)
    by_module = {event["payload"]["module_id"]: event["payload"] for event in missed}
    assert {module: facts["made_up"] for module, facts in by_module.items()} == {"makes-up": True, "skips": False}
    assert all(facts["count"] > 300 for facts in by_module.values())
    (followed,) = wait_for(lambda: runs(daemon, "follows"), 30, "what ended meanwhile is followed")
    assert followed["parent_id"] == asked["job_id"]
    assert runs(daemon, "skips") == []
