"""Whole trees: whatever a tool's children do to slip away, none outlives its stop, and no trace stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.app import open_center
from backend.config import Settings
from keeper.protocol import folder_hash, read_claim
from tests.fakes.daemon import Daemon, alive, wait_for
from tests.fakes.marked import marked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell; tests/windows has its like")

Make = Callable[..., Daemon]

# Each of these leaves behind one or more processes that a stop by signal to the process group does not end.
SLIPPERY = {
    "deaf": "(trap '' TERM HUP INT; sleep 301) & exec sleep 300",
    "own_session": "setsid sleep 302 & exec sleep 300",
    "deaf_in_own_session": "setsid sh -c \"trap '' TERM HUP; sleep 303; :\" & exec sleep 300",
    "forked_twice": "(setsid sh -c 'sleep 304 & sleep 305 &' &) ; sleep 0.1; exec sleep 300",
    "parent_exits_first": "sh -c '(sleep 306 &) ; exit' & exec sleep 300",
    "without_environment": "(env -i PATH=$PATH setsid sleep 307 &) ; exec sleep 300",
}


def _definitions(scripts: dict[str, str], more: str = "") -> str:
    services = "".join(
        f"  {name}: {{command: [sh, -c, {_quoted(script)}], stop: {{timeout: 0.3s}}{more}}}\n"
        for name, script in scripts.items()
    )
    return f"services:\n{services}"


def _quoted(script: str) -> str:
    return "'" + script.replace("'", "''") + "'"


def _members(daemon: Daemon) -> dict[str, list[int]]:
    return {
        name: [one["pid"] for one in daemon.http.get(f"/api/services/{name}").json()["processes"]] for name in SLIPPERY
    }


@pytest.mark.parametrize("crash", [False, True], ids=["", "after a crash of the daemon"])
def test_nobody_slips_away(daemons: Make, crash: bool) -> None:
    daemon = daemons(_definitions(SLIPPERY))
    for name in SLIPPERY:
        assert daemon.post(name, "start").status_code == 200

    def all_there() -> dict[str, list[int]] | None:
        found = _members(daemon)
        enough = {"forked_twice": 3, "deaf_in_own_session": 3}
        return found if all(len(pids) >= enough.get(name, 2) for name, pids in found.items()) else None

    members = wait_for(all_there, what="every child is seen")
    if crash:
        daemon.kill()
        daemon.start()
        wait_for(all_there, what="every child is seen by the next daemon")
    for name in SLIPPERY:
        assert daemon.post(name, "stop").json()["status"] == "stopped"
        assert [pid for pid in members[name] if alive(pid)] == [], name
    assert marked(daemon.data_dir) == {}
    wait_for(lambda: not psutil.Process(daemon.keeper_pid).children(), 2, "all are reaped")


# The four cases in which supervisors leave grandchildren behind; each prints the grandchild's pid.
GRANDCHILDREN = {
    "stopped": "(trap '' HUP; sleep 311; :) & echo $!; wait",
    "obeys": "(trap '' HUP TERM; sleep 312; :) & echo $!; trap 'exit 0' TERM; while :; do sleep 0.05; done",
    "killed": "(trap '' HUP; sleep 313; :) & echo $!; wait",
    "own_session": "setsid sh -c \"trap '' HUP; sleep 314; :\" & echo $!; wait",
}


def test_no_grandchild_survives(daemons: Make) -> None:
    daemon = daemons(_definitions(GRANDCHILDREN, ", restart: never"))
    for name in GRANDCHILDREN:
        root = daemon.post(name, "start").json()["pid"]
        grandchild = int(wait_for(lambda name=name: daemon.log(name).strip()))  # type: ignore[misc]
        assert alive(grandchild)
        if name == "killed":
            os.kill(root, signal.SIGKILL)
            daemon.is_(name, "exited")
        else:
            assert daemon.post(name, "stop").json()["status"] == "stopped"
        assert not alive(grandchild), name
    assert marked(daemon.data_dir) == {}


# Nothing is left over

CYCLES = 1000
SIDE_BY_SIDE = 20
TOOLS = [
    "command: [sleep, '300']",
    "command: [sh, -c, 'sleep 301 & exec sleep 300']",
    "command: [sh, -c, 'setsid sleep 302 & exec sleep 300']",
    "command: [sh, -c, 'echo some output; exec sleep 300']",
    "command: [sleep, '300'], stop: {signal: SIGKILL}",
]


def _traces(keeper: int, folders: tuple[Path, ...]) -> dict[str, Any]:
    """All that a tree might leave behind, in this process (the daemon), in the keeper, and in the file system."""
    paths = {path for folder in folders for path in folder.rglob("*")}
    # a log gets its index with its first line, which a tool that is stopped at once may not come to
    files = {str(path) for path in paths if not (path.suffix == ".index" and path.with_suffix(".log") in paths)}
    return {
        "children of the keeper": [one.pid for one in psutil.Process(keeper).children(recursive=True)],
        "descriptors of the keeper": _descriptors(keeper),
        "threads of the keeper": psutil.Process(keeper).num_threads(),
        "descriptors of the daemon": _descriptors(os.getpid()),
        "tasks": Counter(task.get_name().split("-")[0] for task in asyncio.all_tasks()),
        "files": files,
        "control groups": _groups(keeper),
    }


def _descriptors(pid: int) -> dict[str, int]:
    """By what they are of; numbers of pipes and sockets say nothing."""
    kinds: Counter[str] = Counter()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            kind = str(descriptor.readlink()).split(":[")[0]
        except OSError:
            continue  # that of the listing itself
        if ".db" not in kind:  # the database opens readers as it needs them, up to a bound
            kinds[kind] += 1
    own_logs = [kinds.pop(kind) for kind in tuple(kinds) if kind.endswith("keeper.log")]
    assert own_logs in ([], [1]), "the keeper opens its own log with its first line, once"
    return dict(kinds)


def _groups(keeper: int) -> set[str]:
    """Folders below the groups of this keeper, whichever hierarchy they are in."""
    table = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    mounts = [line.split()[4] for line in table if " - cgroup" in line]
    name = folder_hash(Path(psutil.Process(keeper).cmdline()[-1]))
    found: set[str] = set()
    for mount in mounts:
        for folder, _, _ in os.walk(mount):
            if name in folder:
                found.add(folder)
    return found


@pytest.mark.timeout(240)
@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
async def test_a_thousand_starts_and_stops_leave_nothing_behind(tmp_path: Path) -> None:
    tools = [f"  tool{n}: {{{TOOLS[n % len(TOOLS)]}, restart: never}}" for n in range(SIDE_BY_SIDE)]
    (tmp_path / "control-center.yaml").write_text("services:\n" + "\n".join(tools))
    data, logs = tmp_path / "data", tmp_path / "logs"
    data.mkdir()
    async with open_center(Settings(data_dir=data, log_dir=logs, config_dir=tmp_path, port=0)) as center:
        supervisor, keeper = center.supervisor, read_claim(data / "keeper.lock")["pid"]

        async def cycle(name: str) -> None:
            await supervisor.wishes.start(name)
            await supervisor.wishes.stop(name, 20)

        async def cycles(times: int) -> None:
            for _ in range(times):
                await asyncio.gather(*(cycle(f"tool{n}") for n in range(SIDE_BY_SIDE)))

        async def at_rest() -> dict[str, Any]:
            """What is forgotten only after it was stored is gone a moment later."""
            while await center.keeper._ask("trees"):
                await asyncio.sleep(0.02)
            gc.collect()
            return _traces(keeper, (data, logs))

        await cycles(2)  # what is there once for all
        async with asyncio.timeout(60):
            before = await at_rest()
        await cycles(CYCLES // SIDE_BY_SIDE - 2)
        async with asyncio.timeout(60):
            after = await at_rest()
        deadline = asyncio.get_running_loop().time() + 30  # for what ends a moment after its tree, threads and caches
        while after != before and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
            after = await at_rest()
        for what, there in before.items():
            assert after[what] == there, what
        await supervisor.close()
