"""The keeper without what only Linux offers: its promises hold there too, found by other means."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fakes.daemon import alive, wait_for

if sys.platform == "win32":
    pytest.skip("the keeper of POSIX", allow_module_level=True)

from keeper.posix_ps import Ps
from keeper.posix_table import ProcFs
from tests.fakes.keeper import Conversation, Keeper, Refused


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = Keeper(tmp_path, other_unix=True)
    yield keeper
    keeper.close()


def test_it_says_by_which_means_it_works(daemon: Conversation) -> None:
    capabilities = daemon.welcome["capabilities"]
    assert (capabilities["trees"], capabilities["output"]) == ("process group and mark", "copy")
    assert capabilities["control_groups"] is None


def test_a_tree_ends_with_its_children_and_those_that_lost_their_parent(keeper: Keeper, daemon: Conversation) -> None:
    script = "sleep 301 & (sleep 302 &) ; echo ready; exec sleep 300"
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", script))["id"]
    wait_for(lambda: len(daemon.ask("members").get(tree, [])) >= 3)
    pids = [pid for pid, _ in daemon.ask("members")[tree]]
    daemon.ask("kill", id=tree)
    assert daemon.told("ended", tree)["exit"]["signal"] == 9
    assert [pid for pid in pids if alive(pid)] == []


def test_orphans_that_live_on_are_looked_after_until_they_end(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "sleep 0.6 & exit 3"))["id"]
    assert daemon.told("exited", tree)["code"] == 3
    assert daemon.told("ended", tree)["exit"]["code"] == 3


def test_nobody_has_ended_for_a_process_table_that_does_not_answer(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "sleep 300 & echo $!; exec sleep 301"))["id"]
    wait_for(lambda: len(daemon.ask("members").get(tree, [])) == 2)
    (keeper.folder / "ps.fails").touch()
    with pytest.raises(Refused):
        daemon.ask("members")
    os.kill(next(one["pid"] for one in daemon.ask("trees")), signal.SIGKILL)
    daemon.told("exited", tree)
    daemon.ask("kill", id=tree)
    time.sleep(0.2)  # ten looks at a tree that is being killed
    (known,) = daemon.ask("trees")
    assert known["ended_at"] is None
    (keeper.folder / "ps.fails").unlink()
    daemon.told("ended", tree)


def test_output_is_copied_whole_across_segments(keeper: Keeper, daemon: Conversation) -> None:
    script = "for i in range(60000): print(f'{i:09d}')"
    spec = keeper.spec("a", sys.executable, "-c", script, max_size=100_000, keep=9)
    tree = daemon.ask("launch", spec=spec)["id"]
    assert daemon.told("ended", tree)["log_end"] == 600_000
    whole = b"".join(path.read_bytes() for path in (*sorted(keeper.folder.glob("a.*.log")), keeper.folder / "a.log"))
    assert whole == b"".join(b"%09d\n" % i for i in range(60000))


def test_ps_tells_what_procfs_tells() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("there is no procfs to compare with")
    by_ps, by_procfs = Ps().walk(), ProcFs().walk()
    here = os.getpid()
    assert by_ps[here].parent == by_procfs[here].parent == os.getppid()
    assert Ps().start_of(here) == by_ps[here].start
    assert Ps().start_of(2**22 + 1) is None


def test_marks_are_read_from_environments() -> None:
    environment = {**os.environ, "CONTROL_CENTER_TREE": "abc.def"}
    with psutil.Popen(["sleep", "300"], env=environment) as child:
        try:
            assert wait_for(lambda: Ps().marks([child.pid])) == {child.pid: "abc.def"}
            if sys.platform.startswith("linux"):
                assert ProcFs().marks([child.pid]) == {child.pid: "abc.def"}
        finally:
            child.kill()
