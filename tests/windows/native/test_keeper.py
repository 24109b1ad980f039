"""What the keeper promises of process trees, on Windows: run by a Windows Python."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from tempfile import gettempdir

import psutil
import pytest

from backend.services.processes.keeper_client import KeeperTaken
from backend.services.processes.keeper_start import start_keeper
from backend.services.processes.logs import Log
from backend.services.processes.runtime import KeeperLost, LaunchFailed, Tree, TreeEnded, TreeExited
from keeper.protocol import MARK, folder_hash, read_claim
from tests.fakes.refusals import count_refusals
from tests.windows.native.conftest import Bench, OpenBench, alive, keeper_of, until

assert sys.platform == "win32"

TEMPORARY, GIVEN = Path(gettempdir()), "control-center-*"  # what a tool is given to read
pytestmark = pytest.mark.asyncio(loop_scope="module")

THREE_LEVELS = """
import subprocess, sys, time
if len(sys.argv) < 3:
    subprocess.Popen([sys.executable, "-u", __file__, *sys.argv[1:], "x"])
print("up", len(sys.argv), flush=True)
time.sleep(120)
"""


async def three_levels(bench: Bench) -> tuple[Tree, list[int]]:
    script = bench.folder / "levels.py"
    script.write_text(THREE_LEVELS)
    tree = await bench.run((sys.executable, "-u", str(script)))
    await bench.says("up 3")
    members = (await bench.client.members())[tree.id]
    pids = [pid for pid, _ in members]
    assert pids[0] == tree.identity.pid
    return tree, pids


async def test_capabilities_name_a_console_and_job_objects(bench: Bench) -> None:
    told = bench.client.capabilities()
    assert told["platform"] == "win32"
    assert told["trees"] == "job object"
    assert told["console"] is True


@pytest.mark.parametrize("code", [0, 7, 9009])
async def test_exit_code_is_told_then_the_end_of_the_tree(bench: Bench, code: int) -> None:
    tree = await bench.python(f"print('hello'); raise SystemExit({code})")
    exited = await bench.next(TreeExited)
    assert (exited.tree, exited.exit.code, exited.exit.signal) == (tree.id, code, None)
    ended = await bench.next(TreeEnded)
    assert ended.log_end == len(b"hello\r\n")
    assert bench.log().read_bytes() == b"hello\r\n"


async def test_identity_is_the_pid_and_start_time_of_the_process(bench: Bench) -> None:
    tree = await bench.python("import time; time.sleep(60)")
    seen = psutil.Process(tree.identity.pid)
    assert abs(int(tree.identity.start) / 1e7 - 11_644_473_600 - seen.create_time()) < 0.01


async def test_kill_ends_child_and_grandchild(bench: Bench) -> None:
    tree, pids = await three_levels(bench)
    assert len(pids) == 3
    await bench.client.kill(tree.id)
    await bench.next(TreeEnded)
    await until(lambda: not any(map(alive, pids)))


async def test_tree_whose_root_has_exited_lives_until_its_last_member_ends(bench: Bench) -> None:
    tree = await bench.python(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-u', '-c', 'import time; time.sleep(1.5); print(\"late\")'])"
    )
    await bench.next(TreeExited)
    assert len((await bench.client.members())[tree.id]) == 1
    ended = await bench.next(TreeEnded)
    assert bench.log().read_bytes() == b"late\r\n"
    assert ended.log_end == len(b"late\r\n")


async def test_tool_ended_from_outside_is_told_with_its_exit_code(bench: Bench) -> None:
    tree = await bench.python("import time; print('up'); time.sleep(60)")
    await bench.says("up")
    os.kill(tree.identity.pid, 15)  # Windows: TerminateProcess with this exit code
    assert (await bench.next(TreeExited)).exit.code == 15


async def test_ctrl_break_reaches_the_whole_group_and_no_other_tool(bench: Bench) -> None:
    code = (
        "import signal, sys, time\n"
        "def on_break(*_):\n    print('goodbye'); sys.exit(3)\n"
        "signal.signal(signal.SIGBREAK, on_break)\n"
        "print('up')\n"
        "while True: time.sleep(0.05)"
    )
    first = await bench.python(code, "first")
    second = await bench.python(code, "second")
    await bench.says("up", "first")
    await bench.says("up", "second")
    await bench.client.ask_to_stop(first.id, "SIGTERM")
    exited = await bench.next(TreeExited)
    assert (exited.tree, exited.exit.code) == (first.id, 3)
    await bench.says("goodbye", "first")
    assert "goodbye" not in bench.log("second").read_text()
    assert second.id in await bench.client.members()


async def test_ctrl_c_reaches_a_tool_on_a_console_of_its_own(bench: Bench) -> None:
    code = "import time\nprint('up')\ntry: time.sleep(60)\nexcept KeyboardInterrupt: raise SystemExit(5)"
    stopped = await bench.python(code, "stopped", signal="CTRL_C")
    other = await bench.python(code, "other", signal="CTRL_C")
    await bench.says("up", "stopped")
    await bench.says("up", "other")
    await bench.client.ask_to_stop(stopped.id, "CTRL_C")
    exited = await bench.next(TreeExited)
    assert (exited.tree, exited.exit.code) == (stopped.id, 5)
    assert other.id in await bench.client.members()


async def test_break_that_finds_its_tool_ended_harms_nobody(bench: Bench) -> None:
    tree = await bench.python("pass")
    await bench.next(TreeEnded)
    await bench.client.ask_to_stop(tree.id, "SIGTERM")
    assert await bench.client.members() == {}


async def test_program_that_does_not_exist_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(LaunchFailed, match=r"no-such-program: not found in .* nor along PATH"):
        await bench.run(("no-such-program",))


async def test_file_that_is_no_program_is_refused(bench: Bench) -> None:
    text = bench.folder / "notes.exe"
    text.write_text("not a program")
    with pytest.raises(LaunchFailed, match=r"notes\.exe"):
        await bench.run((str(text),))


async def test_missing_folder_is_named(bench: Bench) -> None:
    with pytest.raises(LaunchFailed, match=r"the folder .*gone does not exist"):
        await bench.run((sys.executable, "-c", "pass"), cwd=bench.folder / "gone")


async def test_batch_file_gets_its_arguments_unharmed(bench: Bench) -> None:
    folder = bench.folder / "two words & ünï"
    folder.mkdir()
    (folder / "show.py").write_text("import sys; print(ascii(sys.argv[1:]))")
    (folder / "start.bat").write_bytes(b'@"%PYTHON_FOR_TEST%" "%~dp0show.py" %*\r\n@exit /b 4\r\n')
    given = ("plain", "two words", "a&b", "x|y>z", "ünï", "C:\\end\\")
    await bench.run(("start", *given), cwd=folder, env={"PYTHON_FOR_TEST": sys.executable})
    assert (await bench.next(TreeExited)).exit.code == 4
    await bench.next(TreeEnded)  # by then all that was printed has come
    assert bench.log().read_text().strip() == ascii(list(given))


async def test_tool_inherits_nothing_but_its_streams(bench: Bench) -> None:
    code = "import sys; print(sys.stdin.read() == '', flush=True); print('to stderr', file=sys.stderr)"
    await bench.python(code)
    await bench.next(TreeEnded)
    assert bench.log().read_text().split() == ["True", "to", "stderr"]


OTHERS_READ_IT = f"""
import pathlib, sys
text = sys.stdin.buffer.read().decode()
print(ascii(text[:9]), len(text))
for file in pathlib.Path({str(TEMPORARY)!r}).glob({GIVEN!r}):
    try: file.open()
    except PermissionError: print("refused")
"""


async def test_what_is_given_is_read_from_the_input_and_by_nobody_else(bench: Bench) -> None:
    await bench.python(OTHERS_READ_IT, input="größe 1\r\n" + "x" * 100_000)
    await bench.next(TreeEnded)
    assert bench.log().read_text().splitlines() == [ascii("größe 1\r\n") + " 100009", "refused"]
    assert not list(TEMPORARY.glob(GIVEN))


async def test_requests_longer_than_the_pipe_arrive_whole(bench: Bench) -> None:
    long = "x" * 300_000
    tree = await bench.python("pass", label={"note": long})
    assert tree.label["note"] == long


async def test_forty_tools_at_once_are_all_told(bench: Bench) -> None:
    code = "import sys; print(sys.argv[1]); raise SystemExit(int(sys.argv[1]))"
    trees = await asyncio.gather(
        *(bench.run((sys.executable, "-I", "-S", "-c", code, str(n)), f"tool{n}") for n in range(40))
    )
    codes = {}
    for _ in trees:
        exited = await bench.next(TreeExited)
        codes[exited.tree] = exited.exit.code
    assert codes == {tree.id: n for n, tree in enumerate(trees)}
    await until(lambda: all(bench.log(f"tool{n}").read_text().strip() == str(n) for n in range(40)))


LINES = 3000


@pytest.mark.parametrize("held_open", [False, True])
async def test_rotation_loses_no_byte(bench: Bench, held_open: bool) -> None:
    go = bench.folder / "go"
    code = (
        f"import os, time\nprint('up')\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
        f"for i in range({LINES}): print(f'line {{i:06d}}')"
    )
    await bench.python(code, log={"max_size": 5000, "keep": 100})
    await bench.says("up")
    with bench.log().open("rb") if held_open else nullcontext():
        go.touch()
        ended = await bench.next(TreeEnded)
    expected = b"up\r\n" + b"".join(b"line %06d\r\n" % i for i in range(LINES))
    log = Log(bench.log())
    assert log.extent() == (0, len(expected))
    assert b"".join(log.download()) == expected
    assert ended.log_end == len(expected)
    assert max(path.stat().st_size for path in bench.folder.glob("tool*.log")) == 5000
    assert not list(bench.folder.glob("*.part"))


async def test_only_the_newest_segments_are_kept(bench: Bench) -> None:
    await bench.python(f"for i in range({LINES}): print(f'line {{i:06d}}')", log={"max_size": 5000, "keep": 2})
    ended = await bench.next(TreeEnded)
    assert len(list(bench.folder.glob("tool.0*.log"))) == 2
    assert Log(bench.log()).extent()[1] == ended.log_end == LINES * 13


async def test_compressed_segments_hold_every_byte(bench: Bench) -> None:
    await bench.python(
        f"for i in range({LINES}): print(f'line {{i:06d}}')", log={"max_size": 10_000, "keep": 100, "compress": True}
    )
    await bench.next(TreeEnded)
    await until(lambda: len(list(bench.folder.glob("tool.0*.log.gz"))) == LINES * 13 // 10_000)
    await until(lambda: not list(bench.folder.glob("tool.0*.log")))
    expected = b"".join(b"line %06d\r\n" % i for i in range(LINES))
    assert b"".join(Log(bench.log()).download()) == expected


async def test_log_deleted_while_in_use_begins_anew(bench: Bench) -> None:
    go = bench.folder / "go"
    await bench.python(
        f"import os, time\nprint('first')\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
        "for _ in range(40): print('again'); time.sleep(0.1)"
    )
    await bench.says("first")
    bench.log().unlink()
    go.touch()
    await bench.says("again")


async def test_same_service_starts_again_into_the_same_log(bench: Bench) -> None:
    await bench.python("print('one')")
    await bench.next(TreeEnded)
    await bench.python("print('two')")
    await bench.next(TreeEnded)
    assert bench.log().read_bytes() == b"one\r\ntwo\r\n"


async def test_second_daemon_is_refused_with_the_pid_of_the_first(open_bench: OpenBench) -> None:
    bench = await open_bench()
    with pytest.raises(KeeperTaken, match=str(os.getpid())):
        await open_bench()
    assert await bench.client.members() == {}


VANISHING_DAEMON = """
import asyncio, os, sys
from pathlib import Path
from backend.core.tasks import open_tasks
from backend.services.processes.keeper_client import open_keeper
from backend.services.processes.runtime import LaunchSpec, LogRules

async def main(folder, lifetimes):
    async with open_tasks() as tasks, open_keeper(folder, tasks) as client:
        await client.connect()
        for lifetime in lifetimes:
            tree = await client.launch(LaunchSpec(
                id=client.tree_prefix + lifetime, owner=("service", lifetime), cwd=str(folder), env=dict(os.environ),
                argv=(sys.executable, "-c", "import time; time.sleep(60)"), lifetime=lifetime,
                log=LogRules(str(folder / f"{lifetime}.log"))))
            print(tree.identity.pid, flush=True)
        os._exit(1)

asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
"""


async def vanish(folder: Path, *lifetimes: str) -> list[int]:
    """A daemon that starts a tool of each lifetime and ends without a word; the pids of its tools."""
    daemon = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", VANISHING_DAEMON, str(folder), *lifetimes), stdout=subprocess.PIPE
    )
    output, _ = await daemon.communicate()
    assert daemon.returncode == 1
    return [int(line) for line in output.split()]


async def test_next_daemon_finds_what_a_vanished_one_left(tmp_path: Path, open_bench: OpenBench) -> None:
    pids = await vanish(tmp_path, "adopt", "persistent")
    bench = await open_bench()
    assert [(tree.lifetime, tree.identity.pid, tree.ended) for tree in bench.found] == [
        ("adopt", pids[0], False),
        ("persistent", pids[1], False),
    ]
    await bench.client.kill(bench.found[0].id)
    assert (await bench.next(TreeEnded)).tree == bench.found[0].id


HANDS_ON = """
import msvcrt, os, subprocess, sys
from keeper.protocol import VERSION, decode, encode
pipe = open(sys.argv[1], "r+b", buffering=0)
pipe.write(encode({"op": "hello", "version": VERSION, "pid": os.getpid()}))
welcome = b""
while not welcome.endswith(b"\\n"):
    welcome += pipe.read(65536)
assert decode(welcome)["ok"]
handle = msvcrt.get_osfhandle(pipe.fileno())
os.set_handle_inheritable(handle, True)
heir = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(120)"],
    stdout=subprocess.DEVNULL,
    startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]}),
)
print(heir.pid, flush=True)
os._exit(1)
"""


async def test_daemon_that_follows_a_killed_one_waits_until_the_keeper_knows(
    tmp_path: Path, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon has ended; what it had opened stays open for a while, so that the keeper takes it for alive."""
    refusals = count_refusals(monkeypatch)
    keeper = await asyncio.to_thread(start_keeper, tmp_path)
    await until(lambda: "address" in read_claim(tmp_path / "keeper.lock"))
    address = read_claim(tmp_path / "keeper.lock")["address"]
    ended = await asyncio.create_subprocess_exec(*(sys.executable, "-c", HANDS_ON, address), stdout=subprocess.PIPE)
    output, _ = await ended.communicate()
    heir = psutil.Process(int(output))
    connecting = asyncio.ensure_future(open_bench())
    await until(lambda: len(refusals) >= 3 or connecting.done())
    heir.kill()
    bench = await connecting
    assert refusals[:3] == ["taken"] * 3
    assert bench.client.pid == keeper.pid
    keeper.returncode = 0  # it goes with its bench, and Popen need not mind


async def test_session_tools_end_when_the_daemon_stays_away(tmp_path: Path, open_bench: OpenBench) -> None:
    session, adopted = await vanish(tmp_path, "session", "adopt")
    assert alive(session)
    await until(lambda: not alive(session))
    assert alive(adopted)
    bench = await open_bench()
    assert [(tree.lifetime, tree.ended) for tree in bench.found] == [("session", True), ("adopt", False)]


async def test_keeper_leaves_with_the_daemon_when_it_holds_nothing(tmp_path: Path, open_bench: OpenBench) -> None:
    bench = await open_bench()
    await bench.python("pass")
    await bench.next(TreeEnded)
    keeper = keeper_of(tmp_path)
    assert keeper is not None
    await bench.client.leave()
    await until(lambda: not keeper.is_running())


async def test_keeper_stays_while_a_persistent_tool_lives(tmp_path: Path, open_bench: OpenBench) -> None:
    bench = await open_bench()
    tree = await bench.python("import time; time.sleep(60)", lifetime="persistent")
    await bench.client.leave()
    again = await open_bench()
    assert [found.identity for found in again.found] == [tree.identity]
    assert alive(tree.identity.pid)


async def test_keeper_that_is_terminated_takes_its_trees_along(open_bench: OpenBench) -> None:
    bench = await open_bench()
    _, pids = await three_levels(bench)
    keeper = keeper_of(bench.folder)
    assert keeper is not None
    keeper.kill()
    await bench.next(KeeperLost)
    await until(lambda: not any(map(alive, pids)))


async def test_survivor_of_an_earlier_keeper_is_ended(tmp_path: Path, open_bench: OpenBench) -> None:
    mark = folder_hash(tmp_path) + ".old"
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], env={**os.environ, MARK: mark}
    ) as survivor:
        bench = await open_bench()
        assert bench.ended == {survivor.pid: mark}
        assert survivor.wait(10) == 1


async def test_tool_that_no_job_takes_is_held_by_its_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keeper.host import Emptied, Exited, Happening
    from keeper.logs import LogWriter
    from keeper.protocol import LaunchSpec, LogRules
    from keeper.windows import WindowsHost
    from keeper.windows_jobs import Job

    def refuse(*_: object) -> None:
        raise PermissionError(5, "access denied")

    monkeypatch.setattr(Job, "assign", refuse)  # no job that refuses can be had on purpose
    script = tmp_path / "levels.py"
    script.write_text(THREE_LEVELS)
    log = tmp_path / "tool.log"
    rules = LogRules(str(log))
    argv = (sys.executable, "-u", str(script))
    spec = LaunchSpec("unique-mark", ("service", "tool"), argv, str(tmp_path), dict(os.environ), rules)
    host = WindowsHost()
    try:
        writer = LogWriter(log, 1000, 1)
        root = host.launch(spec, writer)
        deadline = time.monotonic() + 15
        while b"up 3" not in log.read_bytes() and time.monotonic() < deadline:
            host.poll(0.1)
        pids = [pid for pid, _ in host.members()[spec.id]]
        assert (pids[0], len(pids)) == (root.pid, 3)
        host.kill(spec.id)
        told: list[Happening] = []
        while len(told) < 2 and time.monotonic() < deadline:
            told += host.poll(0.1)
        assert [type(one) for one in told] == [Exited, Emptied]
        assert not any(map(alive, pids))
        writer.close()
    finally:
        host.close()
