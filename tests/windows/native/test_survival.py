"""What outlives the daemon and the keeper on Windows when these are terminated, and what is known of it afterwards."""

from __future__ import annotations

import http.client
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from keeper.protocol import folder_hash
from tests.windows.native.daemons import Daemon, Place, no_longer

assert sys.platform == "win32"

pytestmark = pytest.mark.timeout(400)  # many daemons, each importing all there is

COUNTERS = 14
KILLS = 3
ENDING_SOON = ("again", "done", "crashed")
COUNTING = "import itertools, time\nfor n in itertools.count(): print(n, flush=True); time.sleep(0.1)"
SLEEPING = "import time; time.sleep(300)"
ENDING = """
import os, sys, time
if os.path.exists(sys.argv[1]): time.sleep(300)
while not os.path.exists(sys.argv[1]): time.sleep(0.02)
"""
SLIPPING = f"""
import subprocess, sys, time
for flags in (subprocess.DETACHED_PROCESS, subprocess.CREATE_NEW_PROCESS_GROUP, subprocess.CREATE_NEW_CONSOLE):
    argv = [sys.executable, "-I", "-S", "-c", {SLEEPING!r}, sys.argv[1]]
    subprocess.Popen([*argv[:4], f"import subprocess, sys; subprocess.Popen({{argv!r}})"], creationflags=flags).wait()
time.sleep(300)
"""


def service(name: str, code: str, *arguments: str, **more: Any) -> dict[str, Any]:
    """A quick Python; its last argument is the name, by which its processes are told from others'."""
    command = [sys.executable, "-I", "-S", "-c", code, *arguments, name]
    return {"command": command, "start_seconds": 0.1, "stop": {"timeout": 1}, **more}


def until(holds: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        if found := holds():
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def processes_of(place: Place) -> list[tuple[str, int]]:
    """Service and pid of each process that carries the mark of this place's trees: the truth, asked of Windows."""
    from keeper.windows_processes import marks

    found = []
    for pid in marks(folder_hash(place.data)):
        with suppress(psutil.NoSuchProcess):
            command = psutil.Process(pid).cmdline()
            if "-S" in command:
                found.append((command[-1], pid))
    return found


def services(daemon: Daemon) -> dict[str, dict[str, Any]]:
    return {view["id"]: view for view in daemon.get("/api/services")["services"]}


def settled(daemon: Daemon) -> dict[str, dict[str, Any]] | None:
    """What the daemon says of its services, once nothing is under way."""
    views = services(daemon)
    moving = {"waiting", "starting", "stopping", "backoff"}
    return None if any(view["status"] in moving for view in views.values()) else views


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """With services of which three end when the file `go` appears."""
    folder = tmp_path_factory.mktemp("survival")
    go = str(folder / "go")
    crash = "\nimport ctypes; ctypes.WinDLL('kernel32').ExitProcess(0xC0000005)"
    declared = {f"s{n:02d}": service(f"s{n:02d}", COUNTING) for n in range(COUNTERS)} | {
        "again": service("again", f"{ENDING}\nsys.exit(3)", go, restart={"when": "on-failure"}),
        "done": service("done", ENDING, go, restart={"when": "on-failure"}),
        "crashed": service("crashed", ENDING + crash, go, restart={"when": "never"}),
        "slips": service("slips", SLIPPING),
        "session": service("session", SLEEPING, lifetime="session"),
        "persistent": service("persistent", SLEEPING, lifetime="persistent"),
    }
    place = Place(folder, {name: {**one, "autostart": True} for name, one in declared.items()})
    place.daemon().until_ready()
    yield place
    place.clear()


def test_terminated_daemon_finds_everything_as_it_has_become(place: Place) -> None:
    first = place.daemons[-1]
    before = until(lambda: settled(first), "all are up")
    assert {view["status"] for view in before.values()} == {"running"}
    until(lambda: Counter(name for name, _ in processes_of(place))["slips"] == 4, "the slipping ones are there")
    first.process.kill()
    killed = datetime.now(UTC)
    (place.folder / "go").touch()
    assert all(no_longer(before[name]["pid"]) for name in (*ENDING_SOON, "session"))

    daemon = place.daemon().until_ready()
    after = until(lambda: settled(daemon), "all are known")
    lasting = before.keys() - {*ENDING_SOON, "session"}
    for fact in ("status", "pid", "started_at", "restarts"):
        assert {name: after[name][fact] for name in lasting} == {name: before[name][fact] for name in lasting}
    for name in lasting:
        seconds = psutil.Process(after[name]["pid"]).create_time()
        assert abs(time.time() - seconds - after[name]["uptime_seconds"]) < 2

    assert (after["again"]["status"], after["again"]["restarts"]) == ("running", 1)
    for name in ("again", "session"):
        assert after[name]["pid"] not in {None, before[name]["pid"]}
    assert (after["done"]["status"], after["done"]["exit_code"]) == ("exited", 0)
    assert (after["crashed"]["exit_code"], after["crashed"]["exit_text"]) == (
        0xC0000005,
        "access violation (0xC0000005)",
    )
    patience = ended_at(place, "session") - killed
    assert timedelta(seconds=5) <= patience < timedelta(seconds=15)  # 5 s, the end itself, and a busy machine
    counted = Counter(name for name, _ in processes_of(place))
    assert counted == Counter(dict.fromkeys(lasting, 1) | {"slips": 4, "again": 1, "session": 1})


def ended_at(place: Place, service: str) -> datetime:
    """When the latest tree of a service to have ended did so, by Windows; the daemon may note it a little later."""

    def noted() -> str | None:
        with closing(sqlite3.connect(place.data / "control-center.db")) as database:
            query = "SELECT max(exited_at) FROM process_trees WHERE owner_id = ?"
            found: str | None = database.execute(query, (service,)).fetchone()[0]
            return found

    return datetime.fromisoformat(until(noted, f"the end of {service} is stored")).replace(tzinfo=UTC)


def test_logs_have_no_gap_where_the_daemon_was_away(place: Place) -> None:
    daemon = place.daemons[-1]
    for n in range(COUNTERS):
        lines = daemon.get(f"/api/services/s{n:02d}/logs?lines=10000")["logs"]
        assert lines == [str(count) for count in range(len(lines))]
        assert len(lines) > 10


def test_tree_started_by_an_earlier_daemon_is_stopped_whole(place: Place) -> None:
    daemon = place.daemons[-1]
    pids = [pid for name, pid in processes_of(place) if name == "slips"]
    assert daemon.post("/api/services/slips/stop")["status"] == "stopped"
    assert all(no_longer(pid) for pid in pids)


def test_terminated_keeper_is_an_event_and_all_that_was_wanted_comes_back(place: Place) -> None:
    daemon = place.daemons[-1]
    keeper, before = place.keeper, services(daemon)
    up = {name for name, view in before.items() if view["status"] == "running"}
    assert len(up) == COUNTERS + 3
    psutil.Process(keeper).kill()

    def back() -> dict[str, dict[str, Any]] | None:
        views = settled(daemon)
        there = views and all(views[name]["pid"] not in {None, before[name]["pid"]} for name in up)
        return views if there else None

    after = until(back, "all are back")
    assert Counter(name for name, _ in processes_of(place)) == Counter(up)
    assert {pid for _, pid in processes_of(place)} == {after[name]["pid"] for name in up}
    (lost,) = daemon.get("/api/events?type=keeper.lost")["events"]
    assert lost["payload"]["pid"] == keeper


def test_recorded_pid_that_is_another_programs_now_is_left_alone(place: Place) -> None:
    """Daemon and keeper are gone, and every process that they remember has become a stranger's."""
    keeper = psutil.Process(place.keeper)
    place.daemons[-1].process.kill()
    keeper.kill()
    until(lambda: not processes_of(place), "the keeper takes its trees along")
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", SLEEPING]) as stranger:
        try:
            for lock in ("keeper.lock", "daemon.lock"):
                path = place.data / lock
                words = path.read_text()
                path.write_text(words.replace(f'"pid":{keeper.pid}', f'"pid":{stranger.pid}'))
            with closing(sqlite3.connect(place.data / "control-center.db")) as database:
                database.execute("UPDATE process_trees SET pid = ?, ended_at = NULL, exited_at = NULL", (stranger.pid,))
                database.execute("UPDATE services SET pid = ?", (stranger.pid,))
                database.commit()
            daemon = place.daemon().until_ready()
            views = until(lambda: settled(daemon), "all are up again")
            assert stranger.pid not in {view["pid"] for view in views.values()}
            daemon.post("/api/services/s00/stop")
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_daemon_terminated_at_any_moment_of_starts_and_stops_doubles_and_loses_nothing(place: Place) -> None:
    chance = random.Random(5)
    daemon = place.daemons[-1]
    for _ in range(KILLS):
        chosen = chance.sample([f"s{n:02d}" for n in range(COUNTERS)], 5)
        asked = [(daemon, name, chance.choice(("start", "stop", "restart"))) for name in chosen]
        asking = [threading.Thread(target=ask, args=one) for one in asked]
        for thread in asking:
            thread.start()
        time.sleep(chance.uniform(0, 0.4))  # the moment is what is random
        daemon.process.kill()
        for thread in asking:
            thread.join()
        daemon = place.daemon().until_ready()
        views = until(lambda: settled(daemon), "nothing is under way")  # noqa: B023
        there = {name: view["pid"] for name, view in views.items() if view["pid"] is not None}
        roots = [(name, pid) for name, pid in processes_of(place) if name != "slips" or pid == there[name]]
        assert sorted(roots) == sorted(there.items())
        assert there.keys() == {name for name, view in views.items() if view["wanted"] == "up"}


def ask(daemon: Daemon, name: str, action: str) -> None:
    with suppress(OSError, http.client.HTTPException):  # it is terminated meanwhile, or within its answer
        daemon.post(f"/api/services/{name}/{action}")


def test_orderly_exit_leaves_what_is_persistent_and_brings_the_rest_back(place: Place) -> None:
    """The last of the tests that use this place."""
    daemon = place.daemons[-1]
    before = services(daemon)
    persistent = before["persistent"]["pid"]
    daemon.post("/api/shutdown")
    daemon.ended(0)
    assert processes_of(place) == [("persistent", persistent)]
    daemon = place.daemon().until_ready()
    after = until(lambda: settled(daemon), "all are up")
    assert after["persistent"]["pid"] == persistent
    assert {after[name]["status"] for name in before} == {"running"}
