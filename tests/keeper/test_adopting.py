"""Processes that were started elsewhere, held as trees."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.fakes.daemon import alive, wait_for

if sys.platform == "win32":
    pytest.skip("the keeper of POSIX; tests/windows has its like", allow_module_level=True)

from keeper.posix_table import native_table
from keeper.protocol import Limits
from tests.fakes.keeper import Conversation, Keeper, Refused

# A shell that stays, and in its session, as from a terminal, a tool with a child; their pids come first in its output.
SHELL = "(sleep 3001 & echo $! ; exec sleep 3002) & echo $! ; sleep 3003"


@pytest.fixture(params=[False, True], ids=["linux", "other unix"])
def keeper(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Keeper]:
    if sys.platform != "linux" and request.param:
        pytest.skip("this is the other Unix")
    keeper = Keeper(tmp_path, other_unix=request.param)
    yield keeper
    keeper.close()


@pytest.fixture
def shell() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(["sh", "-c", SHELL], stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        yield process
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def tool(shell: subprocess.Popen[str]) -> tuple[int, int]:
    """The pids of the tool and its child."""
    assert shell.stdout is not None
    one, other = (psutil.Process(int(shell.stdout.readline())) for _ in range(2))
    wait_for(lambda: {"sleep"} == {one.name(), other.name()})
    return (one.pid, other.pid) if other.ppid() == one.pid else (other.pid, one.pid)


def adopt(keeper: Keeper, daemon: Conversation, pid: int, start: str | None = None, **more: Any) -> dict[str, Any]:
    start = start or native_table().start_of(pid)
    known = {"pid": pid, "start": start, "started_at": 1.5}
    tree: dict[str, Any] = daemon.ask("adopt", spec=keeper.spec("a", "sleep", **more), **known)
    return tree


def test_its_members_are_itself_and_what_it_started(
    keeper: Keeper, daemon: Conversation, shell: subprocess.Popen[str], tool: tuple[int, int]
) -> None:
    tree = adopt(keeper, daemon, tool[0])
    assert (tree["pid"], tree["started_at"], tree["exit"]) == (tool[0], 1.5, None)
    assert {pid for pid, _ in daemon.ask("members")[tree["id"]]} == set(tool)


def test_a_stop_reaches_it_and_what_it_started_but_not_the_shell_of_its_session(
    keeper: Keeper, daemon: Conversation, shell: subprocess.Popen[str], tool: tuple[int, int]
) -> None:
    tree = adopt(keeper, daemon, tool[0])["id"]
    daemon.ask("stop", id=tree, signal="SIGTERM")
    exited = daemon.told("exited", tree)
    assert (exited["code"], exited["signal"]) == (None, None)
    daemon.told("ended", tree)
    assert [pid for pid in tool if alive(pid)] == []
    assert alive(shell.pid)


def test_a_kill_ends_it_and_what_it_started(
    keeper: Keeper, daemon: Conversation, shell: subprocess.Popen[str], tool: tuple[int, int]
) -> None:
    tree = adopt(keeper, daemon, tool[0])["id"]
    daemon.ask("kill", id=tree)
    daemon.told("ended", tree)
    assert [pid for pid in tool if alive(pid)] == []
    assert alive(shell.pid)


SLOW_TO_END = "import os, time; memory = b'x' * 300_000_000; print(os.getpid(), flush=True); time.sleep(3004)"


def test_a_kill_is_not_over_before_what_it_started_is_gone(keeper: Keeper, daemon: Conversation) -> None:
    """Its memory is given back first, and the system has given it to another parent by then."""
    script = '"$@" & exec sleep 3005'
    argv = ["sh", "-c", script, "sh", sys.executable, "-c", SLOW_TO_END]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True) as tool:
        assert tool.stdout is not None
        child = int(tool.stdout.readline())
        tree = adopt(keeper, daemon, tool.pid)["id"]
        daemon.ask("kill", id=tree)
        daemon.told("ended", tree)
        assert not alive(child)


def test_it_has_ended_once_what_it_started_has(keeper: Keeper, daemon: Conversation, tool: tuple[int, int]) -> None:
    tree = adopt(keeper, daemon, tool[0])["id"]
    daemon.ask("members")
    os.kill(tool[0], signal.SIGKILL)
    daemon.told("exited", tree)
    members = daemon.ask("members")
    assert alive(tool[1])
    assert [pid for pid, _ in members.get(tree, [])] == [tool[1]], (members, daemon.news)
    os.kill(tool[1], signal.SIGKILL)
    daemon.told("ended", tree)


def test_a_daemon_that_comes_back_finds_it(keeper: Keeper, daemon: Conversation, tool: tuple[int, int]) -> None:
    tree = adopt(keeper, daemon, tool[0])
    daemon.close()
    again = keeper.talk()
    while not again.hello()["ok"]:  # the keeper may not have seen yet that the first one left
        again = keeper.talk()
    assert again.ask("trees")[0]["pid"] == tree["pid"]
    again.ask("kill", id=tree["id"])
    again.told("ended", tree["id"])


@pytest.mark.parametrize(
    ("which", "words"),
    [("another start", "it has ended"), ("ours", "started from it"), ("a member", "part of another service")],
)
def test_what_may_not_be_held_is_refused_and_lives(
    keeper: Keeper, daemon: Conversation, tool: tuple[int, int], which: str, words: str
) -> None:
    pid, start = tool[0], None
    if which == "another start":
        start = "1"
    elif which == "ours":
        pid = os.getpid()
    else:
        tree = daemon.ask("launch", spec=keeper.spec("b", "sh", "-c", "sleep 300 & wait"))
        pid = wait_for(lambda: [one for one, _ in daemon.ask("members")[tree["id"]] if one != tree["pid"]])[0]
    with pytest.raises(Refused, match=words):
        adopt(keeper, daemon, pid, start)
    assert alive(pid)


def test_the_same_process_is_not_held_twice(keeper: Keeper, daemon: Conversation, tool: tuple[int, int]) -> None:
    tree = adopt(keeper, daemon, tool[0])
    with pytest.raises(Refused, match="belongs to a already"):
        daemon.ask("adopt", spec=keeper.spec("b", "sleep"), pid=tree["pid"], start=tree["start"], started_at=1.5)


@pytest.mark.skipif(sys.platform != "linux", reason="control groups")
@pytest.mark.parametrize("keeper", [False], indirect=True)
def test_what_detaches_from_it_later_is_found_by_its_control_group(keeper: Keeper, daemon: Conversation) -> None:
    assert daemon.welcome["capabilities"]["control_groups"] is not None
    script = "read line; setsid sleep 3004 & sleep 0.01; exit 0"
    with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, start_new_session=True) as process:
        tree = adopt(keeper, daemon, process.pid, limits=Limits(memory=100_000_000))
        assert "memory" in tree["enforced"]
        groups = Path(f"/proc/{process.pid}/cgroup")
        wait_for(lambda: tree["id"] in groups.read_text())
        process.communicate(b"\n")
        daemon.told("exited", tree["id"])
        left = daemon.ask("members")[tree["id"]]
        assert [psutil.Process(pid).cmdline()[-1] for pid, _ in left] == ["3004"]
        daemon.ask("kill", id=tree["id"])
        daemon.told("ended", tree["id"])
        assert not alive(left[0][0])
