"""Limits of trees, enforced by the system on real processes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.fakes.daemon import alive, wait_for

if sys.platform == "win32":
    pytest.skip("the keeper of POSIX; tests/windows has its like", allow_module_level=True)

import resource

from keeper.posix_limits import settings
from keeper.protocol import Limits
from tests.fakes.keeper import Conversation, Keeper

MB = 1_000_000
# A child that takes memory until it is stopped, and a root that only waits for it.
GREEDY = """
import subprocess, sys, time
if sys.argv[1:]:
    held = []
    while True:
        held.append(b"x" * 1_000_000)
subprocess.run([sys.executable, __file__, "child"])
time.sleep(300)
"""
BUSY = "import time\nend = time.monotonic() + 60\nwhile time.monotonic() < end: pass"
FORKING = """
import os, time
for number in range(40):
    try:
        if os.fork() == 0:
            time.sleep(60)
    except BlockingIOError:
        print("refused after", number, flush=True)
        break
time.sleep(60)
"""


def enforceable(daemon: Conversation, limit: str) -> str:
    """By what the system enforces it here. Where it does not, the daemon watches, and its own tests hold that."""
    if sys.platform != "linux":
        pytest.skip("no control groups on this system: the daemon watches")
    by: str | None = daemon.welcome["capabilities"]["limits"].get(limit)
    groups = Path("/proc/self/cgroup").read_text()
    assert by is not None, f"no control group that limits {limit} can be made here, in\n{groups}"
    return by


def test_a_tree_at_its_memory_limit_is_ended_whole_and_the_limit_named(
    keeper: Keeper, daemon: Conversation, tmp_path: Path
) -> None:
    by = enforceable(daemon, "memory")
    script = tmp_path / "greedy.py"
    script.write_text(GREEDY)
    spec = keeper.spec("a", sys.executable, str(script), limits=Limits(memory=60 * MB))
    tree = daemon.ask("launch", spec=spec)
    assert tree["enforced"] == {"memory": by}
    exited = daemon.told("exited", tree["id"])
    assert (exited["signal"], exited["limit"]) == (9, "memory")
    assert daemon.told("ended", tree["id"])["exit"]["limit"] == "memory"
    assert not alive(tree["pid"])


def test_a_tree_killed_for_another_reason_names_no_limit(keeper: Keeper, daemon: Conversation) -> None:
    enforceable(daemon, "memory")
    tree = daemon.ask("launch", spec=keeper.spec("a", "sleep", "300", limits=Limits(memory=60 * MB)))["id"]
    daemon.ask("kill", id=tree)
    exited = daemon.told("exited", tree)
    assert (exited["signal"], exited["limit"]) == (9, None)


def test_a_fork_beyond_the_limit_of_processes_fails(keeper: Keeper, daemon: Conversation) -> None:
    by = enforceable(daemon, "processes")
    spec = keeper.spec("a", sys.executable, "-c", FORKING, limits=Limits(processes=10))
    tree = daemon.ask("launch", spec=spec)
    assert tree["enforced"] == {"processes": by}
    log = keeper.folder / "a.log"
    wait_for(lambda: log.exists() and log.read_text() == "refused after 9\n")


def test_a_share_of_a_processor_is_not_exceeded(keeper: Keeper, daemon: Conversation) -> None:
    by = enforceable(daemon, "cpu")
    tree = daemon.ask("launch", spec=keeper.spec("a", sys.executable, "-c", BUSY, limits=Limits(cpu=20)))
    assert tree["enforced"] == {"cpu": by}
    busy = psutil.Process(tree["pid"])
    wait_for(lambda: busy.cpu_times().user > 0.05)
    before, begun = sum(busy.cpu_times()[:2]), time.monotonic()
    wait_for(lambda: time.monotonic() - begun > 1.5)
    share = (sum(busy.cpu_times()[:2]) - before) / (time.monotonic() - begun)
    assert share < 0.3


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells")
def test_priority_and_processors_are_those_of_everything_that_it_starts(keeper: Keeper, daemon: Conversation) -> None:
    limits = Limits(priority="low", affinity=(0,))
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "sleep 300 & wait", limits=limits))
    assert tree["enforced"] == {"priority": "nice 10", "affinity": "the system's scheduler"}
    members = wait_for(lambda: psutil.Process(tree["pid"]).children())
    for process in (psutil.Process(tree["pid"]), *members):
        assert (process.nice(), process.cpu_affinity()) == (10, [0])


def test_processors_that_are_not_there_are_not_in_force(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sleep", "300", limits=Limits(affinity=(4000,))))
    assert tree["enforced"] == {}
    assert alive(tree["pid"])


@pytest.mark.parametrize(
    ("version", "files"),
    [
        (
            1,
            [
                ("memory.limit_in_bytes", "1000"),
                ("cpu.cfs_period_us", "100000"),
                ("cpu.cfs_quota_us", "50000"),
                ("pids.max", "7"),
                ("memory.memsw.limit_in_bytes", "1000"),
                ("cpu.shares", "110"),
            ],
        ),
        (
            2,
            [
                ("memory.max", "1000"),
                ("cpu.max", "50000 100000"),
                ("pids.max", "7"),
                ("memory.swap.max", "0"),
                ("memory.oom.group", "1"),
                ("cpu.weight.nice", "10"),
            ],
        ),
    ],
)
def test_a_limit_is_written_as_each_version_takes_it(version: int, files: list[tuple[str, str]]) -> None:
    found = settings(Limits(memory=1000, cpu=50, processes=7, priority="low"), version)
    assert [file for one in found for file in one.files] + [file for one in found for file in one.better] == files


def test_no_group_is_left_of_a_limited_tree(keeper: Keeper, daemon: Conversation) -> None:
    enforceable(daemon, "memory")
    limits = Limits(memory=60 * MB, cpu=50, processes=20)
    tree = daemon.ask("launch", spec=keeper.spec("a", "true", limits=limits))["id"]
    daemon.told("ended", tree)
    daemon.ask("forget", id=tree)
    wait_for(lambda: not list(Path("/sys/fs/cgroup").rglob(tree)))


def test_tools_get_the_limit_of_open_files_that_the_keeper_was_given(keeper: Keeper, daemon: Conversation) -> None:
    given, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "ulimit -S -n; ulimit -H -n"))
    log = keeper.folder / "a.log"
    wait_for(lambda: log.exists() and len(log.read_text().splitlines()) == 2)
    assert log.read_text().split() == [str(given), str(hard)]


def test_tools_get_that_limit_also_when_the_keeper_itself_has_gone_beyond_it(tmp_path: Path) -> None:
    given, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if sys.platform != "linux" or hard < 1000:
        pytest.skip("only Linux sets the limit of another process; needs a hard limit of 1000")
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        keeper = Keeper(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (given, hard))
    daemon = keeper.talk()
    daemon.hello()
    for number in range(60):
        daemon.ask("launch", spec=keeper.spec(f"sleeper{number}", "sleep", "300"))
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "sleep 0.1; ulimit -S -n"))["id"]
    daemon.told("ended", tree)
    keeper_opens = len(list(Path(f"/proc/{keeper.process.pid}/fd").iterdir()))
    keeper.close()
    assert keeper_opens > 128
    assert (tmp_path / "a.log").read_text() == "128\n"
