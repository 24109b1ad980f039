"""Trees that are hard to hold, on Windows: adopted, limited, replacing themselves, with members that slip away."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from backend.services.processes.runtime import LaunchFailed, TreeEnded, TreeExited
from keeper.host import Emptied, Exited, Happening
from keeper.logs import LogWriter
from keeper.protocol import Identity, LaunchSpec, Limits, LogRules
from tests.windows.native.conftest import PATIENCE, Bench, OpenBench, alive, keeper_of, until

assert sys.platform == "win32"

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLEEP = "import time; time.sleep(120)"
ON_BREAK = (
    "import signal, sys, time\n"
    "def on_break(*_):\n    print('goodbye', flush=True); sys.exit(3)\n"
    "signal.signal(signal.SIGBREAK, on_break)\n"
)
WAITS = "while True: time.sleep(0.05)"


# Adopted


class Elsewhere:
    """Processes that nobody of ours started; ended with the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[str]] = []

    def start(self, code: str, flags: int = 0) -> subprocess.Popen[str]:
        """Returns once it has printed its first line."""
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", code],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            creationflags=flags,
            text=True,
        )
        self._started.append(process)
        assert process.stdout is not None
        self.first = process.stdout.readline().strip()
        return process

    def clear(self) -> None:
        for process in self._started:
            process.kill()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    started = Elsewhere(tmp_path)
    yield started
    started.clear()


PARENT = (
    f"import subprocess, sys, time\nchild = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\nprint(child.pid)\n"
)


async def test_adopted_process_is_held_with_what_it_started_before_and_after(
    bench: Bench, elsewhere: Elsewhere
) -> None:
    go = bench.folder / "go"
    process = elsewhere.start(
        f"{PARENT}import os\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
        f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n{SLEEP}"
    )
    tree = await bench.adopt(process.pid)
    assert [pid for pid, _ in (await bench.client.members())[tree.id]] == [process.pid, int(elsewhere.first)]
    go.touch()

    async def members() -> list[int]:
        return [pid for pid, _ in (await bench.client.members())[tree.id]]

    async with asyncio.timeout(PATIENCE):
        while len(pids := await members()) < 3:
            await asyncio.sleep(0.05)
    await bench.client.kill(tree.id)
    assert (await bench.next(TreeEnded)).tree == tree.id
    await until(lambda: not any(map(alive, pids)))


async def test_exit_code_of_an_adopted_process_is_exact(bench: Bench, elsewhere: Elsewhere) -> None:
    go = bench.folder / "go"
    process = elsewhere.start(
        f"import os, time\nprint('up')\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\nraise SystemExit(41)"
    )
    tree = await bench.adopt(process.pid)
    go.touch()
    exited = await bench.next(TreeExited)
    assert (exited.tree, exited.exit.code) == (tree.id, 41)
    assert (await bench.next(TreeEnded)).tree == tree.id


async def test_process_that_is_another_by_now_is_not_adopted(bench: Bench, elsewhere: Elsewhere) -> None:
    process = elsewhere.start(f"print('up')\n{SLEEP}")
    found = await bench.client.identify(process.pid)
    assert found is not None
    with pytest.raises(LaunchFailed, match="its number may be another program's now"):
        await bench.adopt(process.pid, identity=replace(found, start=str(int(found.start) - 1)))
    assert process.poll() is None
    assert await bench.client.members() == {}


async def test_adopted_process_on_its_own_console_is_asked_by_ctrl_c(bench: Bench, elsewhere: Elsewhere) -> None:
    code = "import time\nprint('up')\ntry: time.sleep(120)\nexcept KeyboardInterrupt: raise SystemExit(5)"
    process = elsewhere.start(code, subprocess.CREATE_NO_WINDOW)
    tree = await bench.adopt(process.pid, signal="CTRL_C")
    await bench.client.ask_to_stop(tree.id, "CTRL_C")
    assert (await bench.next(TreeExited)).exit.code == 5


TWO_ON_A_CONSOLE = """
import subprocess, sys, time
code = "import time\\ntry: time.sleep(120)\\nexcept KeyboardInterrupt: raise SystemExit(5)"
both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
print(*(one.pid for one in both))
both[0].wait()
"""


async def test_nothing_is_sent_to_a_console_that_a_stranger_shares(elsewhere: Elsewhere) -> None:
    from keeper.windows_console import interrupt
    from keeper.windows_processes import ancestors

    shell = elsewhere.start(TWO_ON_A_CONSOLE, subprocess.CREATE_NO_WINDOW)
    first, second = (psutil.Process(int(pid)) for pid in elsewhere.first.split())
    assert ancestors(first.pid)[0] == shell.pid
    helper = interrupt(signal.CTRL_C_EVENT, [first.pid], only_with=ancestors(first.pid))
    assert await asyncio.to_thread(helper.wait, 15) == 3
    second.kill()
    helper = interrupt(signal.CTRL_C_EVENT, [first.pid], only_with=ancestors(first.pid))
    assert await asyncio.to_thread(helper.wait, 15) == 0
    await until(lambda: not alive(first.pid))


async def test_adopted_process_that_no_job_takes_is_held_by_descent(
    alone: Alone, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keeper.windows_jobs import Job

    def refuse(*_: object) -> None:
        raise PermissionError(5, "access denied")

    monkeypatch.setattr(Job, "assign", refuse)  # no job that refuses can be had on purpose
    stranger = elsewhere.start(f"print('up')\n{SLEEP}")
    child = elsewhere.start(f"{PARENT}{SLEEP}")
    tree = alone.adopt(child.pid)
    assert {pid for pid, _ in alone.host.members()[tree]} == {child.pid, int(elsewhere.first)}
    child.kill()
    alone.until_told(Exited)
    assert [pid for pid, _ in alone.host.members()[tree]] == [int(elsewhere.first)]
    alone.host.kill(tree)
    alone.until_told(Emptied)
    assert not alive(int(elsewhere.first))
    assert stranger.poll() is None


# Limits


@pytest.mark.parametrize(
    ("named", "class_"), [("idle", psutil.IDLE_PRIORITY_CLASS), ("high", psutil.HIGH_PRIORITY_CLASS)]
)
async def test_priority_is_that_of_the_tool(bench: Bench, named: str, class_: int) -> None:
    tree = await bench.python(SLEEP, limits=Limits(priority=named))
    assert psutil.Process(tree.identity.pid).nice() == class_
    assert "priority" in tree.enforced


async def test_affinity_is_that_of_the_tool_and_its_children(bench: Bench) -> None:
    child = "import psutil; print(psutil.Process().cpu_affinity())"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    tree = await bench.python(code, limits=Limits(affinity=(0,)))
    assert "affinity" in tree.enforced
    await bench.says("[0]")


async def test_only_limits_that_windows_has_in_force_are_called_enforced(bench: Bench) -> None:
    """Wine takes limits of a job and does not keep them; Windows does."""
    limits = Limits(memory=1 << 30, processes=20, cpu=150)
    tree = await bench.python(SLEEP, limits=limits)
    assert dict(tree.enforced) == ({} if under_wine() else dict.fromkeys(("memory", "processes", "cpu"), "job object"))


def under_wine() -> bool:
    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


async def test_exit_tells_what_the_whole_tree_has_used(bench: Bench) -> None:
    """Wine counts nothing of a job; Windows does."""
    child = "kept = bytearray(64 << 20)\nfor _ in range(2_000_000): pass"
    await bench.python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)")
    exit_ = (await bench.next(TreeExited)).exit
    if under_wine():
        assert (exit_.cpu_seconds, exit_.peak_memory) == (0.0, None)
    else:
        assert (exit_.cpu_seconds or 0) > 0.01
        assert (exit_.peak_memory or 0) > 64 << 20


async def test_share_of_one_processor_becomes_a_share_of_all() -> None:
    from keeper.windows_limits import cpu_rate

    assert [cpu_rate(150, 8), cpu_rate(25, 1), cpu_rate(900, 8), cpu_rate(0.1, 64)] == [1875, 2500, 10_000, 1]


@pytest.mark.skipif(under_wine(), reason="Wine does not count the memory of a job")
async def test_tree_that_exceeds_its_memory_is_ended(bench: Bench) -> None:
    code = "kept = []\nwhile True:\n    try: kept.append(bytearray(16 << 20))\n    except MemoryError: pass"
    await bench.python(code, limits=Limits(memory=512 << 20))
    assert (await bench.next(TreeExited)).exit.limit == "memory"
    await bench.next(TreeEnded)


class Alone:
    """A host without a keeper, for what only the system could cause."""

    def __init__(self, folder: Path) -> None:
        from keeper.windows import WindowsHost

        self.host = WindowsHost()
        self.folder = folder
        self.told: list[Happening] = []
        self._writers: list[LogWriter] = []

    def launch(self, code: str, limits: Limits | None = None) -> str:
        log = self.folder / "alone.log"
        self._writers.append(LogWriter(log, 1_000_000, 1))
        spec = self._spec((sys.executable, "-u", "-c", code), log, limits)
        self.host.launch(spec, self._writers[-1])
        return spec.id

    def adopt(self, pid: int) -> str:
        from keeper.windows_processes import start_of

        spec = self._spec(("adopted",), self.folder / "alone.log")
        self.host.adopt(spec, Identity(pid, str(start_of(pid)), ""))
        return spec.id

    def _spec(self, argv: tuple[str, ...], log: Path, limits: Limits | None = None) -> LaunchSpec:
        owner, rules = ("service", "tool"), LogRules(str(log))
        return LaunchSpec("alone", owner, argv, str(self.folder), dict(os.environ), rules, limits)

    def until_told(self, kind: type[Happening]) -> None:
        deadline = time.monotonic() + 15
        while not any(isinstance(one, kind) for one in self.told):
            assert time.monotonic() < deadline, self.told
            self.told += self.host.poll(0.1)

    def close(self) -> None:
        for tree in self.host.members():
            self.host.kill(tree)
        while self.host.members():
            self.host.poll(0.1)
        self.host.close()
        for writer in self._writers:
            writer.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    host = Alone(tmp_path)
    yield host
    host.close()


@pytest.mark.parametrize("limited", [True, False])
async def test_tree_that_was_refused_memory_is_ended_and_the_limit_named(
    alone: Alone, monkeypatch: pytest.MonkeyPatch, limited: bool
) -> None:
    """The message comes as Windows sends it; that the job has the limit is pretended, since Wine forgets it. A tool
    without a limit of ours has set one for itself, and deals with it itself."""
    from keeper.windows_api import kernel32
    from keeper.windows_jobs import Job

    monkeypatch.setattr(Job, "limit", lambda *_: True)
    alone.launch("import time; time.sleep(1); raise SystemExit(7)", Limits(memory=1 << 30) if limited else None)
    kernel32.PostQueuedCompletionStatus(alone.host._port.handle, 10, 1, None)
    alone.until_told(Emptied)
    exited = next(one for one in alone.told if isinstance(one, Exited))
    assert (exited.code, exited.limit) == ((1, "memory") if limited else (7, None))


# Trees that replace themselves, and members that slip away


async def test_tool_that_replaces_itself_goes_on_and_is_stopped_like_any_other(bench: Bench) -> None:
    """As ComfyUI restarts itself on Windows: a new process takes the port over, and the one that was started ends."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    script = bench.folder / "tool.py"
    script.write_text(
        f"{ON_BREAK}import socket, subprocess\n"
        "if len(sys.argv) < 2:\n"
        "    time.sleep(0.2)\n"
        "    subprocess.Popen([sys.executable, '-u', __file__, 'again']); sys.exit(0)\n"
        f"server = socket.create_server(('127.0.0.1', {port}))\nprint('serving', flush=True)\n{WAITS}"
    )
    tree = await bench.run((sys.executable, "-u", str(script)))
    assert (await bench.next(TreeExited)).exit.code == 0
    await bench.says("serving")
    ((heir, _),) = (await bench.client.members())[tree.id]
    assert heir != tree.identity.pid
    socket.create_connection(("127.0.0.1", port), 5).close()
    await bench.client.ask_to_stop(tree.id, "SIGTERM")
    assert (await bench.next(TreeEnded)).tree == tree.id
    assert "goodbye" in bench.log().read_text()


SLIPS = {
    "detached": "flags=subprocess.DETACHED_PROCESS",
    "group": "flags=subprocess.CREATE_NEW_PROCESS_GROUP",
    "console": "flags=subprocess.CREATE_NEW_CONSOLE",
    "hidden": "flags=subprocess.CREATE_NO_WINDOW",
    "orphan": "between=True",
    "unmarked": "env={'SYSTEMROOT': os.environ['SYSTEMROOT']}",
    "deaf": "code='import signal, time; signal.signal(signal.SIGBREAK, signal.SIG_IGN); print(0); time.sleep(120)'",
}
SLIPPING = """
import os, subprocess, sys, time
SLEEP = "import time; time.sleep(120)"
def start(code=SLEEP, flags=0, between=False, env=None):
    argv = [sys.executable, "-c", code]
    if between:
        argv = [sys.executable, "-c", f"import subprocess, sys; subprocess.Popen({argv!r})"]
    subprocess.Popen(argv, creationflags=flags, env=env, stdin=subprocess.DEVNULL)
"""


def slipping(ending: str) -> str:
    return SLIPPING + "".join(f"start({choices})\n" for choices in SLIPS.values()) + f"print('up')\n{ending}"


@pytest.mark.parametrize("ending", [SLEEP, "time.sleep(0.5)"], ids=["root lives", "root gone first"])
async def test_no_member_slips_away(bench: Bench, ending: str) -> None:
    tree = await bench.python(slipping(ending))
    await bench.says("up")

    async def members() -> list[int]:
        found = [pid for pid, _ in (await bench.client.members())[tree.id]]
        return [pid for pid in found if pid != tree.identity.pid and is_python(pid)]

    async with asyncio.timeout(PATIENCE):
        if ending != SLEEP:
            await bench.next(TreeExited)
        while len(pids := await members()) != len(SLIPS):
            await asyncio.sleep(0.05)
    await bench.client.kill(tree.id)
    await bench.next(TreeEnded)
    await until(lambda: not any(map(alive, pids)))


def is_python(pid: int) -> bool:
    """Not the console host, which may be a member too. Of a process that ends Windows may say neither."""
    with suppress(psutil.NoSuchProcess, OSError):
        return psutil.Process(pid).name().lower().startswith("python")
    return False


async def test_fifty_starts_and_stops_leave_no_process_and_no_handle(open_bench: OpenBench) -> None:
    from keeper.windows_processes import marks

    bench = await open_bench()
    keeper = keeper_of(bench.folder)
    assert keeper is not None
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-I', '-S', '-c', {SLEEP!r}]).wait()"
    handles: list[int] = []
    for cycle in range(55):
        tree = await bench.run((sys.executable, "-I", "-S", "-c", code))
        await bench.client.kill(tree.id)
        await bench.next(TreeEnded)
        await bench.client.forget(tree.id)
        if cycle >= 4:
            handles.append(keeper.num_handles())
    assert marks(bench.client.tree_prefix) == {}
    assert handles[-1] <= handles[0] + 2
    assert keeper.num_threads() < 20
