"""Modules run on Windows by a whole daemon: what they are given, what they print and leave, and how they end."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import quote
from venv import EnvBuilder

import psutil
import pytest

from tests.windows.native.daemons import Daemon, Place, no_longer

assert sys.platform == "win32"

pytestmark = pytest.mark.timeout(290)  # it starts whole daemons

FINISHED = {"completed", "failed", "cancelled", "timed_out", "interrupted"}
AWKWARD = 'two words & ünï | "quoted" ^ %PATH% ! C:\\end\\'
SECRET = 'geheim % & "ü'

TELL = "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ.get('TOKEN'), sys.stdin.read()]))"
PRINT = """
import os, sys, time
out = sys.stdout.buffer
def say(data):
    out.write(data)
    out.flush()
say("größe 5 €".encode("cp1252")[:3])
time.sleep(0.2)
say("größe 5 €".encode("cp1252")[3:] + b"\\r\\n")
for percent in (10, 100):
    say(b"\\r%3d%%|####      | %d/100 [00:01<00:01]" % (percent, percent))
say(b"\\r\\nERROR: no end")
os._exit(3)
"""
CRASH = "import ctypes; ctypes.windll.kernel32.ExitProcess(0xC0000005)"
LEAVE = """
import os
folder = os.environ["CONTROL_CENTER_RUN_DIR"]
os.makedirs("made")
for name in (folder + "\\\\sub\\\\größe.txt", "made\\\\here.csv"):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "w").write("awkward")
for awkward in ("aux.txt", "dot.", "long\\\\" + "\\\\".join(["x" * 100] * 3) + "\\\\deep.txt"):
    name = "\\\\\\\\?\\\\" + folder + "\\\\" + awkward
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "w").write("awkward")
"""
STUBBORN = """
import os, signal, subprocess, sys, time
def say(word):
    os.write(1, f"{word} {len(sys.argv)}\\n".encode())  # whole: two write at once
def refuse(*_):
    say("no")
    say(f"asked at {time.time()} by")
signal.signal(signal.SIGBREAK, refuse)
if len(sys.argv) < 2:
    subprocess.Popen([sys.executable, "-u", __file__, "child"])
say("up")
while True: time.sleep(0.05)
"""
COUNT = """
import os, sys, time
go = os.path.join(os.environ["CONTROL_CENTER_RUN_DIR"], "go")
for n in range(10**6):
    print("tick", n, flush=True)
    if os.path.exists(go): sys.exit(5)
    time.sleep(0.02)
"""
SCRIPTS = {"tell.py": TELL, "print.py": PRINT, "leave.py": LEAVE, "stubborn.py": STUBBORN, "count.py": COUNT}
PYTHON = [sys.executable, "-u"]
OLD = [
    {"id": "old", "name": "Old", "script_path": "SCRIPTS\\tell.py", "parameters": [{"name": "on", "type": "checkbox"}]}
]


def modules(folder: str) -> dict[str, Any]:
    what, token = {"argument": "positional"}, {"type": "password", "env": "TOKEN"}
    asks = {"parameters": {"what": what, "token": token}}
    return {
        "import": ["modules.json"],
        "script": {"script": f"{folder}\\tell.py", "interpreter": PYTHON, **asks},
        "batch": {"script": f"{folder}\\tell.cmd", **asks},
        "own": {"script": f"{folder}\\own\\whose.py"},
        "named": {"command": ["tell"], "cwd": folder, **asks},
        "fed": {"script": f"{folder}\\tell.py", "interpreter": PYTHON, "parameters": {"what": {}}, "pass": "stdin"},
        "watching": {
            "script": f"{folder}\\tell.py",
            "interpreter": PYTHON,
            "triggers": {"files": ["inbox\\**\\*.csv"], "settle": "0.2s"},
        },
        "print": {"script": f"{folder}\\print.py", "interpreter": PYTHON, "log": {"encoding": "cp1252"}},
        "crash": {"command": [sys.executable, "-c", CRASH]},
        "leave": {"script": f"{folder}\\leave.py", "interpreter": PYTHON, "outputs": ["made/*.csv"]},
        "stubborn": {"script": f"{folder}\\stubborn.py", "interpreter": PYTHON, "stop": {"timeout": 4}},
        "patient": {"script": f"{folder}\\stubborn.py", "interpreter": PYTHON, "stop": {"timeout": 20}},
        "late": {"script": f"{folder}\\stubborn.py", "interpreter": PYTHON, "stop": {"timeout": 0.2}, "timeout": 2},
        "count": {"script": f"{folder}\\count.py", "interpreter": PYTHON},
    }


def place_in(folder: Path) -> Place:
    scripts = folder / "scripts & ünï"
    scripts.mkdir()
    for name, source in SCRIPTS.items():
        (scripts / name).write_text(source, encoding="utf-8")
    EnvBuilder().create(scripts / "own" / ".venv")
    (scripts / "own" / "whose.py").write_text("import sys; print(sys.prefix); sys.exit(9009)")
    (scripts / "tell.cmd").write_bytes(f'@"{sys.executable}" "%~dp0tell.py" %*\r\n'.encode())
    old = json.dumps({"modules": OLD}).replace("SCRIPTS", scripts.name)
    (folder / "modules.json").write_text(old, encoding="utf-8-sig")  # as Notepad writes it
    stubborn = {"command": [*PYTHON, str(scripts / "stubborn.py")], "stop": {"timeout": 20}}
    return Place(folder, {"stubborn": stubborn}, modules(scripts.name))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = place_in(tmp_path_factory.mktemp("runs"))
    yield place
    place.clear()


@pytest.fixture(scope="module")
def daemon(place: Place) -> Daemon:
    return place.daemon().until_ready()


Run = dict[str, Any]


def start(daemon: Daemon, module: str, **parameters: Any) -> str:
    run: Run = daemon.post("/api/runs", {"module_id": module, "parameters": parameters})
    return str(run["run_id"])


def soon(found: Callable[[], Any]) -> Any:
    """What it gives, as soon as that is something."""
    deadline = time.monotonic() + 60
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


def until(daemon: Daemon, run_id: str, *statuses: str) -> Run:
    def reached() -> Run | None:
        run: Run = daemon.get(f"/api/runs/{run_id}")
        return run if run["status"] in statuses else None

    return cast(Run, soon(reached))


def ended(daemon: Daemon, module: str, **parameters: Any) -> Run:
    return until(daemon, start(daemon, module, **parameters), *FINISHED)


def lines(daemon: Daemon, run_id: str) -> list[str]:
    return [line["message"] for line in daemon.get(f"/api/runs/{run_id}/logs?tail=10000")["logs"]]


def says(daemon: Daemon, run_id: str, *words: str) -> None:
    soon(lambda: set(words) <= set(lines(daemon, run_id)))


@pytest.mark.parametrize("module", ["script", "batch", "named"])
def test_arguments_and_secrets_arrive_unharmed(daemon: Daemon, module: str) -> None:
    run = ended(daemon, module, what=AWKWARD, token=SECRET)
    assert json.loads(lines(daemon, run["run_id"])[0]) == [[AWKWARD], SECRET, ""]
    assert (run["status"], run["parameters"]["token"]) == ("completed", "•••")


def test_script_runs_in_the_virtual_environment_beside_it(place: Place, daemon: Daemon) -> None:
    run = ended(daemon, "own")
    [prefix] = lines(daemon, run["run_id"])
    assert Path(prefix) == place.folder / "scripts & ünï" / "own" / ".venv"
    assert run["exit_code"] == 9009


def test_what_is_to_be_read_from_the_input_arrives_unharmed(daemon: Daemon) -> None:
    run = ended(daemon, "fed", what=AWKWARD)
    assert json.loads(lines(daemon, run["run_id"])[0]) == [[], None, json.dumps({"what": AWKWARD}, ensure_ascii=False)]


def test_older_list_with_paths_of_windows_is_taken_as_it_is(daemon: Daemon) -> None:
    run = ended(daemon, "old", on=True)
    assert json.loads(lines(daemon, run["run_id"])[0]) == [["--on", "True"], None, ""]


def test_output_is_read_in_its_own_encoding_and_kept_as_written(daemon: Daemon) -> None:
    run = ended(daemon, "print")
    first, drawn, last = lines(daemon, run["run_id"])
    assert (first, drawn.count("\r"), last) == ("größe 5 €", 2, "ERROR: no end")
    assert (run["status"], run["exit_code"], run["error_message"]) == ("failed", 3, "ERROR: no end")
    assert (run["progress_percent"], run["items_total"]) == (100, 100)
    raw = daemon.ask("GET", f"/api/runs/{run['run_id']}/logs/download")
    assert raw.startswith("größe 5 €\r\n".encode("cp1252"))
    assert raw.endswith(b"\r\nERROR: no end")


def test_what_windows_ended_a_run_with_is_told_in_words(daemon: Daemon) -> None:
    run = ended(daemon, "crash")
    assert (run["status"], run["exit_code"]) == ("failed", 0xC0000005)
    assert "access violation (0xC0000005)" in run["reason"]


def test_files_that_a_run_left_are_listed_and_given(daemon: Daemon) -> None:
    run = ended(daemon, "leave")
    assert run["status"] == "completed", lines(daemon, run["run_id"])
    found = {one["path"]: one for one in daemon.get(f"/api/runs/{run['run_id']}/results")["output_files"]}
    assert found[f"long/{'x' * 100}/{'x' * 100}/{'x' * 100}/deep.txt"]["size_bytes"] == 7
    for path in ("sub/größe.txt", "made/here.csv"):
        assert found[path]["size_bytes"] == 7
        assert daemon.ask("GET", found[path]["url"]) == b"awkward"
    for device in ("con", "aux.txt", "sub/größe.txt:stream", "sub\\größe.txt", "C:/Windows/win.ini"):
        with pytest.raises(HTTPError, match="404"):
            daemon.ask("GET", f"/api/runs/{run['run_id']}/artefacts/{quote(device)}")


def test_file_that_changes_starts_what_waits_for_it(place: Place, daemon: Daemon) -> None:
    inbox = place.folder / "inbox" / "deep"
    inbox.mkdir(parents=True)
    changes = itertools.count()

    def started() -> list[Run]:
        """What is there when the daemon looks first starts nothing, so the file changes until something has begun."""
        (inbox / "new.csv").write_text(f"change {next(changes)}")
        time.sleep(2)  # it settles
        found: list[Run] = daemon.get("/api/runs?module_id=watching")["runs"]
        return found

    run = soon(started)[0]
    assert until(daemon, run["run_id"], *FINISHED)["requested_by"] == "schedule"


def test_cancelled_run_is_ended_with_a_child_that_ignores_the_request(daemon: Daemon) -> None:
    run_id = start(daemon, "stubborn")
    says(daemon, run_id, "up 1", "up 2")
    members = daemon.get(f"/api/runs/{run_id}")
    asked = time.monotonic()
    run = json.loads(daemon.ask("DELETE", f"/api/runs/{run_id}"))
    assert run["status"] == "cancelled"
    assert time.monotonic() - asked > 3.9, "its grace"
    assert no_longer(members["pid"])
    assert {"no 1", "no 2"} <= set(lines(daemon, run_id))


def test_run_that_takes_too_long_is_ended(daemon: Daemon) -> None:
    assert ended(daemon, "late")["status"] == "timed_out"


def test_terminated_daemon_loses_no_run_and_no_line(place: Place, daemon: Daemon) -> None:
    """The daemon that follows is that of the tests below."""
    goes_on, ends = start(daemon, "count"), start(daemon, "count")
    says(daemon, goes_on, "tick 5")
    says(daemon, ends, "tick 5")
    pids = {run_id: daemon.get(f"/api/runs/{run_id}")["pid"] for run_id in (goes_on, ends)}
    daemon.process.kill()
    daemon.process.wait(60)
    (place.data / "runs" / ends / "go").touch()
    assert no_longer(pids[ends])
    again = place.daemon(subprocess.CREATE_NO_WINDOW).until_ready()
    run = until(again, ends, *FINISHED)
    assert (run["status"], run["exit_code"]) == ("failed", 5)
    assert again.get(f"/api/runs/{goes_on}")["pid"] == pids[goes_on]
    (place.data / "runs" / goes_on / "go").touch()
    assert until(again, goes_on, *FINISHED)["exit_code"] == 5
    for run_id in pids:
        said = again.ask("GET", f"/api/runs/{run_id}/logs/download").decode().splitlines()
        assert said == [f"tick {n}" for n in range(len(said))]
        assert len(said) > 5


def test_terminated_keeper_takes_its_runs_along_and_they_are_interrupted(place: Place) -> None:
    daemon = place.daemons[-1]
    run_id = start(daemon, "count")
    says(daemon, run_id, "tick 5")
    pid, keeper = daemon.get(f"/api/runs/{run_id}")["pid"], place.keeper
    psutil.Process(keeper).kill()
    assert until(daemon, run_id, *FINISHED)["status"] == "interrupted"
    assert no_longer(pid)
    assert ended(daemon, "own")["exit_code"] == 9009, "there is another keeper"


def test_closed_console_asks_runs_and_services_at_once_as_there_are_but_five_seconds(place: Place) -> None:
    from tests.windows.native.console_events import close_console_of

    daemon = place.daemons[-1]
    service = daemon.post("/api/services/stubborn/start?wait=running")["pid"]
    soon(lambda: "up 1" in daemon.get("/api/services/stubborn/logs?lines=5")["logs"])
    run_id = start(daemon, "patient")
    says(daemon, run_id, "up 1", "up 2")
    run = daemon.get(f"/api/runs/{run_id}")["pid"]
    close_console_of(daemon.process.pid)
    daemon.ended(0)
    assert no_longer(service)
    assert no_longer(run)
    asked = [
        asked_at(log) for log in (place.data / "runs" / run_id / "output.log", *place.folder.glob("**/stubborn.log"))
    ]
    assert len(asked) == 2
    assert abs(asked[0] - asked[1]) < 2.5, "the first of them is ended after 3 seconds"


def asked_at(log: Path) -> float:
    return float(log.read_text().partition("asked at ")[2].split()[0])
