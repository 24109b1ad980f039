"""How limits of services hold is told, and what breaks one is ended: by the system, or by the daemon that watches."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.model import Limits, ServiceSpec
from backend.services.processes.runtime import Identity, Tree
from backend.services.supervisor.launching import launch_spec
from backend.services.supervisor.limits import Used, judge, limits_in_force
from keeper.protocol import read_claim
from tests.fakes.daemon import Daemon, wait_for

GB = 10**9


def tree(limits: Limits, **enforced: str) -> Tree:
    """As the keeper would hold it after a launch with these limits."""
    spec = ServiceSpec("a", "a", ("a",), Path(), Path("a.log"), limits=limits)
    label = launch_spec(spec, "t", {}, digest="", port=None, marker=None).label
    root = Identity(1, "1", "b")
    return Tree("t", ("service", "a"), root, datetime.now(UTC), "", 0, "adopt", label=label, enforced=enforced)


def test_a_limit_is_broken_only_when_it_was_exceeded_for_long_enough() -> None:
    limits = Limits(memory=2 * GB, sustain=10)
    over, excess = judge(limits, ["memory"], Used(2.1 * GB, 0, 1), {}, 100.0)
    assert (over, excess) == ({"memory": 100.0}, None)
    over, excess = judge(limits, ["memory"], Used(2.1 * GB, 0, 1), over, 108.0)
    assert (over, excess) == ({"memory": 100.0}, None)
    _, excess = judge(limits, ["memory"], Used(2.1 * GB, 0, 1), over, 110.0)
    assert excess is not None
    assert excess.words == "memory limit reached: 2.1 GB for 10 s, limit 2 GB"


def test_a_moment_within_the_limit_begins_the_count_anew() -> None:
    limits = Limits(cpu=150, sustain=10)
    over, _ = judge(limits, ["cpu"], Used(0, 180, 1), {}, 100.0)
    over, _ = judge(limits, ["cpu"], Used(0, 150, 1), over, 105.0)
    assert over == {}
    over, excess = judge(limits, ["cpu"], Used(0, 180, 1), over, 111.0)
    assert (over, excess) == ({"cpu": 111.0}, None)


def test_what_the_system_enforces_is_not_judged() -> None:
    limits = Limits(memory=GB, processes=5, sustain=0)
    _, excess = judge(limits, ["processes"], Used(3 * GB, 0, 5), {}, 1.0)
    assert excess is None
    _, excess = judge(limits, ["processes"], Used(3 * GB, 0, 6), {}, 1.0)
    assert excess is not None
    assert excess.words == "processes limit reached: 6 for 0 s, limit 5"


def test_how_each_limit_holds_is_told() -> None:
    limits = Limits(memory=2 * GB, cpu=150, priority="high", affinity=(0, 1))
    found = limits_in_force(tree(limits, memory="control group version 1", affinity="the system's scheduler"))
    assert [(one.limit, one.value, one.by, one.enforced) for one in found] == [
        ("memory", "2 GB", "control group version 1", True),
        ("cpu", "150 %", "watching", False),
        ("priority", "high", "not in force: the system refuses it", False),
        ("affinity", "0, 1", "the system's scheduler", True),
    ]


def test_nothing_holds_of_a_service_that_does_not_run() -> None:
    assert limits_in_force(None) == []


# A keeper as on systems that enforce nothing: the daemon must watch.
WITHOUT_GROUPS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from keeper.posix import PosixHost
from keeper.protocol import VERSION, Claim, address_for, folder_hash
from keeper.server import Keeper
folder = Path(sys.argv[2]).resolve()
folder.mkdir(exist_ok=True)
claim = Claim(folder / "keeper.lock")
keeper = Keeper(PosixHost(None), folder_hash(folder), address_for(folder))
claim.write({"pid": os.getpid(), "address": address_for(folder), "version": VERSION})
keeper.run()
"""
GREEDY = """
import time
held = b"x" * 300_000_000
time.sleep(60)
"""
DEFINITIONS = """
services:
  greedy:
    command: ["${center:python}", "greedy.py"]
    restart: {max_restarts: 1}
    limits: {memory: 150MB, sustain: 1s}
  once:
    command: ["${center:python}", "greedy.py"]
    restart: never
    limits: {memory: 150MB, sustain: 0s}
"""


@pytest.fixture
def keeper_without_groups(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    if sys.platform == "win32":
        pytest.skip("Windows enforces all of them")
    command = [sys.executable, "-I", "-S", "-c", WITHOUT_GROUPS, str(ROOT), str(tmp_path / "data")]
    with subprocess.Popen(command, start_new_session=True) as process:
        wait_for(lambda: read_claim(tmp_path / "data" / "keeper.lock").get("address"))
        yield process
        process.kill()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "greedy.py").write_text(GREEDY)
    daemon = Daemon(tmp_path, DEFINITIONS)
    daemon.start()
    yield daemon
    daemon.close()


def test_a_service_beyond_its_memory_is_ended_and_the_limit_named(daemon: Daemon) -> None:
    """By whatever means there are here."""
    daemon.post("greedy", "start")
    view = daemon.is_("greedy", "failed", 30)
    assert "memory limit reached" in view["exit_text"]
    told = [one["payload"] for one in daemon.events("service.limit", "greedy")]
    assert [one["limit"] for one in told] == ["memory", "memory"]
    assert view["restarts"] == 1


def test_without_control_groups_the_daemon_watches(
    keeper_without_groups: subprocess.Popen[bytes], daemon: Daemon
) -> None:
    assert daemon.keeper_pid == keeper_without_groups.pid
    daemon.post("greedy", "start")
    daemon.post("once", "start")
    held = daemon.http.get("/api/services/greedy").json()["limits_in_force"]
    assert held == [{"limit": "memory", "value": "150 MB", "by": "watching", "enforced": False}]
    view = daemon.is_("once", "failed", 30)
    assert re.match(r"memory limit reached: \d+ MB for 0 s, limit 150 MB$", view["reason"])
    assert view["restarts"] == 0
    view = daemon.is_("greedy", "failed", 30)
    assert view["exit_text"] == "memory limit reached, SIGTERM (15)"
    assert view["restarts"] == 1
    told = [one["payload"] for one in daemon.events("service.limit", "greedy")]
    assert [(one["limit"], one["by"]) for one in told] == [("memory", "watching")] * 2
