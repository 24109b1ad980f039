"""A pid alone never names a process: who merely has a number that was ours is left alone."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from keeper.protocol import MARK, folder_hash
from tests.fakes.daemon import Daemon, alive, wait_for
from tests.fakes.marked import marked

if sys.platform == "win32":
    pytest.skip("POSIX signals; tests/windows has its like", allow_module_level=True)

from backend.config import ROOT
from tests.fakes.keeper import Keeper

Make = Callable[..., Daemon]


@pytest.fixture
def innocent() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "320"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_recorded_pid_that_is_another_s_now_is_never_signalled(
    daemons: Make, innocent: subprocess.Popen[bytes]
) -> None:
    """As after a crash of everything, when the system has given the number of our tool to somebody else."""
    daemon = daemons("services:\n  tool: {command: [sleep, '300']}\n")
    old = daemon.post("tool", "start").json()["pid"]
    wait_for(lambda: daemon.http.get("/api/events", params={"type": "service.started"}).json()["events"])
    daemon.kill()
    os.kill(daemon.keeper_pid, signal.SIGKILL)
    os.kill(old, signal.SIGKILL)
    with closing(sqlite3.connect(daemon.data_dir / "control-center.db")) as database, database:
        assert database.execute("UPDATE services SET pid = ?", (innocent.pid,)).rowcount == 1
        assert database.execute("UPDATE process_trees SET pid = ?, ended_at = NULL", (innocent.pid,)).rowcount == 1
    daemon.start()
    new = daemon.is_("tool", "running")["pid"]
    assert new not in {old, innocent.pid}, "it is brought back, and is not taken for the one with its number"
    assert daemon.post("tool", "stop").json()["status"] == "stopped"
    daemon.stop()
    assert innocent.poll() is None


def test_the_tools_of_another_folder_are_not_swept(daemons: Make, tmp_path: Path) -> None:
    """Two installations beside each other, one of which loses its keeper."""
    mark = {MARK: folder_hash(tmp_path / "elsewhere") + ".tool"}
    neighbour = subprocess.Popen(["sleep", "321"], env={**os.environ, **mark}, start_new_session=True)
    try:
        daemon = daemons("services:\n  tool: {command: [sleep, '300'], autostart: true}\n")
        old = daemon.is_("tool", "running")["pid"]
        os.kill(daemon.keeper_pid, signal.SIGKILL)
        wait_for(lambda: daemon.service("tool")["pid"] not in {None, old})
        assert not alive(old)
        assert neighbour.poll() is None
        lost, started = daemon.events("keeper.lost")[-1], wait_for(lambda: daemon.events("keeper.started")[1:])[-1]
        assert lost["payload"]["pid"] != started["payload"]["pid"]
        assert started["payload"]["ended"] == 1, "it says how many had survived"
        assert len(set(marked(daemon.data_dir).values())) == 1
    finally:
        neighbour.kill()
        neighbour.wait()


# A number that changes hands between the look at it and the signal.
REUSED = """
import dataclasses, sys
sys.path.insert(0, sys.argv[1])
from keeper.posix import PosixHost
from keeper.posix_table import native_table

BEFORE = "the one of before"

class Table:
    def __init__(self, pid):
        self._real, self._pid, self.asked = native_table(), pid, 0
    def __getattr__(self, name):
        return getattr(self._real, name)
    def walk(self):
        seen = self._real.walk()
        return {**seen, self._pid: dataclasses.replace(seen[self._pid], start=BEFORE)}
    def marks(self, pids):
        return {self._pid: "ours.tree"} if self.asked == 0 else {}
    def start_of(self, pid):
        self.asked += 1
        return BEFORE if self.asked == 1 else self._real.start_of(pid)

table = Table(int(sys.argv[2]))
host = PosixHost(None, table)
assert host.sweep("ours.", None) == {table._pid: "ours.tree"}, "it was taken for one of ours"
assert table.asked == 2, "it was looked at again right before the signal"
"""


def test_a_number_that_changes_hands_at_the_last_moment_is_not_signalled(innocent: subprocess.Popen[bytes]) -> None:
    sweep = [sys.executable, "-I", "-c", REUSED, str(ROOT), str(innocent.pid)]
    subprocess.run(sweep, check=True, timeout=30)
    assert innocent.poll() is None


def test_a_tree_is_ended_by_who_is_in_it_and_not_by_its_number(tmp_path: Path) -> None:
    """The root has ended and its number may be anybody's: what is left of the tree is ended, and no other."""
    keeper = Keeper(tmp_path)
    try:
        daemon = keeper.talk()
        daemon.hello()
        tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "setsid sleep 322 & exit 0"))
        daemon.told("exited", tree["id"])
        members: Mapping[str, list[list[int]]] = daemon.ask("members")
        left = [pid for pid, _ in members[tree["id"]]]
        assert left
        assert tree["pid"] not in left
        daemon.ask("stop", id=tree["id"], signal="SIGTERM")
        daemon.told("ended", tree["id"])
        assert not any(psutil.pid_exists(pid) for pid in left)
    finally:
        keeper.close()
