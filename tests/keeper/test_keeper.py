"""The keeper's promises on POSIX, kept by a real keeper with real trees."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from keeper.protocol import Claim, Held, ProtocolError, decode, read_claim
from tests.fakes.daemon import alive, wait_for

if sys.platform == "win32":
    pytest.skip("the keeper of POSIX; tests/windows has its like", allow_module_level=True)

from tests.fakes.keeper import Conversation, Keeper, Refused


def test_a_launch_answers_with_the_identity_of_the_root(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sleep", "300"))
    assert alive(tree["pid"])
    assert tree["start"]
    assert tree["boot"]
    assert tree["exit"] is None


@pytest.mark.parametrize("given", ["", "two\nlines, Größe", "x" * 200_000])
def test_what_is_given_is_read_from_the_input_and_kept_nowhere(
    keeper: Keeper, daemon: Conversation, given: str
) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "exec wc -c", input=given))["id"]
    assert daemon.told("ended", tree)["exit"]["code"] == 0
    assert (keeper.folder / "a.log").read_text().strip() == str(len(given.encode()))
    assert daemon.ask("trees")[0].keys().isdisjoint({"input", "spec"})


def test_what_a_root_has_used_comes_with_its_end(keeper: Keeper, daemon: Conversation) -> None:
    busy = "import time; b = bytearray(50_000_000)\nwhile time.process_time() < 0.3: pass"
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", f"{sys.executable} -c '{busy}'; exit 0"))["id"]
    exited = daemon.told("exited", tree)
    assert 0.3 <= exited["cpu"] < 3
    assert 50_000_000 <= exited["peak"] < 500_000_000


def test_the_same_id_twice_launches_once(keeper: Keeper, daemon: Conversation) -> None:
    spec = keeper.spec("a", "sleep", "300")
    assert daemon.ask("launch", spec=spec)["pid"] == daemon.ask("launch", spec=spec)["pid"]
    assert len(psutil.Process(keeper.process.pid).children()) == 1


@pytest.mark.parametrize(
    ("argv", "code", "number"),
    [
        (("sh", "-c", "exit 0"), 0, None),
        (("sh", "-c", "exit 255"), 255, None),
        (("sh", "-c", "kill -SEGV $$"), None, 11),
    ],
)
def test_exits_are_exact(
    keeper: Keeper, daemon: Conversation, argv: tuple[str, ...], code: int | None, number: int | None
) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", *argv))["id"]
    exited = daemon.told("exited", tree)
    assert (exited["code"], exited["signal"]) == (code, number)
    assert daemon.told("ended", tree)["exit"]["code"] == code


@pytest.mark.parametrize(
    ("argv", "more", "words"),
    [
        (("no-such-program",), {}, "no-such-program: No such file or directory"),
        (("/",), {}, "/: Permission denied"),
        (("true",), {"cwd": "/no/such/folder"}, "the folder /no/such/folder does not exist"),
    ],
)
def test_a_spawn_that_fails_says_why_and_holds_nothing(
    keeper: Keeper, daemon: Conversation, argv: tuple[str, ...], more: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused) as refused:
        daemon.ask("launch", spec=keeper.spec("a", *argv, **more))
    assert refused.value.args == ("spawn", words)
    assert daemon.ask("trees") == []


@pytest.mark.parametrize(("member", "value"), [("io", "pty"), ("isolation", "container"), ("lifetime", "for ever")])
def test_what_is_not_built_is_refused(keeper: Keeper, daemon: Conversation, member: str, value: str) -> None:
    with pytest.raises(Refused, match="not built"):
        daemon.ask("launch", spec={**keeper.spec("a", "true"), member: value})


def test_nonsense_is_answered_and_ends_nothing(keeper: Keeper, daemon: Conversation) -> None:
    for message in ({"op": "dance"}, {"op": "kill"}, {"op": "launch", "spec": 3}, {"op": "stop", "id": "none"}):
        assert daemon.say(seq=7, **message)["ok"] is False
    assert daemon.ask("trees") == []


def test_a_second_daemon_is_refused_with_the_pid_of_the_first(keeper: Keeper, daemon: Conversation) -> None:
    words = keeper.talk().hello()
    assert words == {"ok": False, "refused": "taken", "pid": os.getpid()}


def test_another_version_is_refused(keeper: Keeper) -> None:
    assert keeper.talk().say(op="hello", version=99, pid=1)["refused"] == "version"


def test_who_comes_back_gets_the_whole_table_with_the_exits_since(keeper: Keeper) -> None:
    first = keeper.talk()
    first.hello()
    lives = first.ask("launch", spec=keeper.spec("lives", "sleep", "300"))
    first.ask("launch", spec=keeper.spec("ends", "sh", "-c", "sleep 0.2; exit 5"))
    first.close()
    wait_for(lambda: len(psutil.Process(keeper.process.pid).children()) == 1)
    words = keeper.talk().hello()
    trees = {tree["owner"][1]: tree for tree in words["trees"]}
    assert trees["lives"]["pid"] == lives["pid"]
    assert trees["lives"]["exit"] is None
    assert (trees["ends"]["exit"]["code"], trees["ends"]["ended_at"] is not None) == (5, True)
    assert words["fresh"] is False


def test_every_kind_of_descendant_is_a_member_and_ends_with_the_tree(keeper: Keeper, daemon: Conversation) -> None:
    script = """
        setsid sh -c "trap '' TERM HUP; sleep 301" &
        (setsid sh -c 'sleep 302 & sleep 303 &' &)
        sh -c '(sleep 304 &) ; exit' &
        (env -i PATH=$PATH setsid sleep 305 &)
        echo ready; exec sleep 300
    """
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", script))["id"]
    wait_for(lambda: len(daemon.ask("members").get(tree, [])) >= 7)
    pids = [pid for pid, _ in daemon.ask("members")[tree]]
    daemon.ask("kill", id=tree)
    daemon.told("ended", tree)
    assert [pid for pid in pids if alive(pid)] == []
    wait_for(lambda: not psutil.Process(keeper.process.pid).children(), what="all are reaped")


def test_a_root_that_exits_first_is_told_before_the_end_of_its_children(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "setsid sleep 0.5 & exit 3"))["id"]
    assert daemon.told("exited", tree)["code"] == 3
    assert daemon.ask("members")[tree]
    ended = daemon.told("ended", tree)
    assert ended["exit"]["code"] == 3
    assert tree not in daemon.ask("members")


def test_a_signal_reaches_the_group_and_then_whoever_is_left(keeper: Keeper, daemon: Conversation) -> None:
    script = "trap 'exit 4' TERM; sleep 300 & sleep 0.1; echo ready; while :; do sleep 0.05; done"
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", script))["id"]
    wait_for(lambda: "ready" in (keeper.folder / "a.log").read_text())
    daemon.ask("stop", id=tree, signal="SIGTERM")
    assert daemon.told("ended", tree)["exit"]["code"] == 4


def test_an_unknown_signal_is_refused(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sleep", "300"))["id"]
    with pytest.raises(Refused, match="SIGNONSENSE"):
        daemon.ask("stop", id=tree, signal="SIGNONSENSE")


def test_tools_inherit_nothing_of_the_keeper(keeper: Keeper, daemon: Conversation) -> None:
    """Descriptors, ignored signals, standard input."""
    script = "import os,signal;print(sorted(map(int,os.listdir('/proc/self/fd')))[:4]);"
    script += "print([s.name for s in signal.valid_signals() if signal.getsignal(s)==signal.SIG_IGN and s!=13]);"
    script += "print(repr(os.read(0,1)),os.getpid()==os.getsid(0))"
    tree = daemon.ask("launch", spec=keeper.spec("a", sys.executable, "-c", script))["id"]
    daemon.told("ended", tree)
    descriptors, ignored, rest = (keeper.folder / "a.log").read_text().splitlines()
    assert (descriptors, ignored, rest) == ("[0, 1, 2, 3]", "['SIGXFSZ']", "b'' True")


@pytest.mark.parametrize("other_unix", [False, True], ids=["linux", "other unix"])
def test_tools_ignore_no_signal_that_whoever_started_us_ignores(tmp_path: Path, other_unix: bool) -> None:
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    try:
        keeper = Keeper(tmp_path, other_unix=other_unix)
    finally:
        signal.signal(signal.SIGQUIT, before)
    daemon = keeper.talk()
    daemon.hello()
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "kill -QUIT $$; echo ignored"))["id"]
    assert daemon.told("exited", tree)["signal"] == signal.SIGQUIT
    keeper.close()


def test_both_streams_come_in_the_order_written(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "echo 1; echo 2 >&2; echo 3"))["id"]
    daemon.told("ended", tree)
    assert (keeper.folder / "a.log").read_text() == "1\n2\n3\n"


def test_rotation_keeps_exact_caps_and_loses_no_byte(keeper: Keeper, daemon: Conversation) -> None:
    script = "for i in range(60000): print(f'{i:09d}')"
    spec = keeper.spec("a", sys.executable, "-c", script, max_size=100_000, keep=9)
    tree = daemon.ask("launch", spec=spec)["id"]
    assert daemon.told("ended", tree)["log_end"] == 600_000
    sealed = sorted(keeper.folder.glob("a.*.log"))
    assert [int(path.name.split(".")[1]) for path in sealed] == [n * 100_000 for n in range(len(sealed))]
    assert all(path.stat().st_size == 100_000 for path in sealed)
    whole = b"".join(path.read_bytes() for path in (*sealed, keeper.folder / "a.log"))
    assert whole == b"".join(b"%09d\n" % i for i in range(60000))


def test_old_segments_go_and_offsets_go_on(keeper: Keeper, daemon: Conversation) -> None:
    script = "for i in range(60000): print(f'{i:09d}')"
    for run in range(2):
        spec = keeper.spec("a", sys.executable, "-c", script, max_size=50_000, keep=2)
        spec["id"] += str(run)
        tree = daemon.ask("launch", spec=spec)["id"]
        assert daemon.told("ended", tree)["log_end"] == 600_000 * (run + 1)
        daemon.ask("forget", id=tree)
    files = [path for path in keeper.folder.glob("a.*") if path.suffix == ".log"]
    assert len(files) == 3
    assert sum(path.stat().st_size for path in files) <= 150_000


def test_a_log_that_is_in_use_is_not_given_twice(keeper: Keeper, daemon: Conversation) -> None:
    daemon.ask("launch", spec=keeper.spec("a", "sleep", "300"))
    second = {**keeper.spec("a", "sleep", "300"), "id": keeper.prefix + "b"}
    with pytest.raises(Refused, match="still written to by a"):
        daemon.ask("launch", spec=second)


def test_growth_is_told_only_for_what_is_followed(keeper: Keeper, daemon: Conversation) -> None:
    script = "read x < fifo; echo more; sleep 300"
    os.mkfifo(keeper.folder / "fifo")
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", script))["id"]
    assert daemon.ask("follow", id=tree) == 0
    (keeper.folder / "fifo").write_text("go\n")
    assert daemon.told("grew", tree)["ends"][tree] == 5


def test_a_session_tree_is_ended_when_its_daemon_is_gone_and_others_are_not(keeper: Keeper) -> None:
    daemon = keeper.talk()
    daemon.hello()
    session = daemon.ask("launch", spec=keeper.spec("s", "sh", "-c", "trap '' TERM; sleep 300", lifetime="session"))
    adopt = daemon.ask("launch", spec=keeper.spec("a", "sleep", "300"))
    daemon.close()
    gone_at = time.monotonic()
    wait_for(lambda: not alive(session["pid"]), 8)
    assert 4.5 < time.monotonic() - gone_at < 6.5
    assert alive(adopt["pid"])
    told = {tree["id"]: tree["abandoned"] for tree in keeper.talk().hello()["trees"]}
    assert told == {session["id"]: True, adopt["id"]: False}


def test_an_orderly_leave_with_nothing_to_hold_ends_the_keeper(keeper: Keeper) -> None:
    daemon = keeper.talk()
    daemon.hello()
    daemon.ask("leave")
    daemon.close()
    assert keeper.process.wait(10) == 0


def test_a_daemon_that_leaves_in_good_order_takes_its_sessions_along(keeper: Keeper) -> None:
    daemon = keeper.talk()
    daemon.hello()
    session = daemon.ask("launch", spec=keeper.spec("s", "sleep", "300", lifetime="session"))
    daemon.ask("leave")
    daemon.close()
    wait_for(lambda: not alive(session["pid"]), 4, "without the patience for a daemon that crashed")


def test_a_keeper_that_is_told_to_end_ends_its_trees_first(keeper: Keeper, daemon: Conversation) -> None:
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"))
    keeper.process.send_signal(signal.SIGTERM)
    assert keeper.process.wait(15) == 0
    assert not alive(tree["pid"])


def test_a_new_keeper_sweeps_what_survived_the_old_one(keeper: Keeper, tmp_path: Path) -> None:
    daemon = keeper.talk()
    daemon.hello()
    tree = daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", "setsid sleep 300 & sleep 301"))
    wait_for(lambda: len(daemon.ask("members")[tree["id"]]) == 3)
    survivors = [pid for pid, _ in daemon.ask("members")[tree["id"]]]
    keeper.process.kill()
    keeper.process.wait()
    assert all(alive(pid) for pid in survivors)
    fresh = Keeper(tmp_path)
    try:
        daemon = fresh.talk()
        words = daemon.hello()
        assert words["fresh"] is True
        assert {int(pid) for pid in words["survivors"]} == set(survivors)
        assert {int(pid) for pid in daemon.ask("sweep")} == set(survivors)
        assert not any(alive(pid) for pid in survivors)
    finally:
        fresh.close()


def test_the_disk_may_be_full_and_the_tool_lives_on(keeper: Keeper, daemon: Conversation) -> None:
    (keeper.folder / "a.log").symlink_to("/dev/full")
    script = "for i in range(20000): print('x' * 99)\nopen('done', 'w').close()"
    tree = daemon.ask("launch", spec=keeper.spec("a", sys.executable, "-c", script))["id"]
    daemon.told("ended", tree)
    assert (keeper.folder / "done").exists()
    found = next(one for one in daemon.ask("trees") if one["id"] == tree)
    assert found["log"]["lost"] == 2_000_000


def test_a_deleted_log_begins_anew(keeper: Keeper, daemon: Conversation) -> None:
    script = "while :; do echo line; sleep 0.05; done"
    daemon.ask("launch", spec=keeper.spec("a", "sh", "-c", script))
    log = keeper.folder / "a.log"
    wait_for(lambda: log.stat().st_size > 0)
    log.unlink()
    wait_for(lambda: log.exists() and log.stat().st_size > 0, 5)


def test_a_claim_can_be_read_while_it_is_held_and_is_free_when_released(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "some.lock")
    claim.write({"pid": 1, "address": "here"})
    with pytest.raises(Held) as held:
        Claim(tmp_path / "some.lock")
    assert held.value.words == {"pid": 1, "address": "here"}
    claim.release()
    assert read_claim(tmp_path / "some.lock") == {}
    Claim(tmp_path / "some.lock").release()


@pytest.mark.parametrize("line", [b"", b"nonsense", b"[1]", b"\xff\n"])
def test_a_line_that_is_no_message_is_a_protocol_error(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(line)


DENIES = """
import os, sys, time
time.sleep(0.3)  # by then it is in its group
if os.fork():
    time.sleep(300)
os.setsid()
for number in range(3):
    os.close(number)
if os.fork():
    os._exit(0)
os.execve("/bin/sleep", ["sleep", "306"], {})
"""


def test_a_member_that_denies_everything_is_found_by_its_control_group(keeper: Keeper, daemon: Conversation) -> None:
    """Own session, no parent, no mark, no output: only the group that it was born in is left."""
    if daemon.welcome["capabilities"]["control_groups"] is None:
        pytest.skip("this system lets nobody make control groups")
    tree = daemon.ask("launch", spec=keeper.spec("a", sys.executable, "-c", DENIES))["id"]
    wait_for(lambda: len(daemon.ask("members").get(tree, [])) == 2)
    pids = [pid for pid, _ in daemon.ask("members")[tree]]
    daemon.ask("kill", id=tree)
    daemon.told("ended", tree)
    wait_for(lambda: not psutil.Process(keeper.process.pid).children())
    assert not any(alive(pid) for pid in pids)
