"""Tools that replace themselves, take the next free port, or run already: with a real daemon and real processes."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="tests/windows has its like")

Make = Callable[..., Daemon]

# Serves its port until it is told to replace itself: in place, by a successor in the same tree, or by leaving word.
TOOL = """
import os, socket, subprocess, sys, time
way, port = sys.argv[1], int(sys.argv[2])
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", port))
server.listen()
print(f"serving {os.getpid()}", flush=True)
again = [sys.executable, sys.argv[0], "stay", str(port)]
while True:
    connection, _ = server.accept()
    word = connection.recv(10)
    connection.close()
    if word == b"restart" and way == "exec":
        server.close()
        os.execv(sys.executable, again)
    elif word == b"restart" and way == "successor":
        server.close()
        late = "import os, sys, time; time.sleep(0.5); os.execv(sys.argv[1], sys.argv[1:])"
        subprocess.Popen([sys.executable, "-c", late, *again])
        raise SystemExit(0)
    elif word == b"restart" and way == "comfy":
        open(os.environ["__COMFY_CLI_SESSION__"] + ".reboot", "w").close()
        raise SystemExit(0)
    elif word == b"crash":
        os._exit(7)
"""


@pytest.fixture
def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    path = tmp_path / "tool.py"
    path.write_text(TOOL)
    return path


def block(tool: Path, way: str, port: int, more: str = "") -> str:
    return textwrap.dedent(f"""
        services:
          tool:
            command: ["{sys.executable}", "{tool}", "{way}", "${{PORT}}"]
            port: {port}
            start_seconds: 0
            {more}
    """)


def say(port: int, word: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(word)


def serving(daemon: Daemon, times: int) -> list[int]:
    """The pids that have said that they serve, once there are so many."""

    def said() -> list[int]:
        return [int(line.split()[1]) for line in daemon.log("tool").splitlines() if line.startswith("serving")]

    wait_for(lambda: len(said()) >= times)
    return said()


def test_a_tool_that_becomes_itself_anew_was_never_away(daemons: Make, tool: Path, free_port: int) -> None:
    daemon = daemons(block(tool, "exec", free_port))
    pid = daemon.post("tool", "start").json()["pid"]
    serving(daemon, 1)
    say(free_port, b"restart")
    assert serving(daemon, 2) == [pid, pid]
    now = daemon.service("tool")
    assert (now["pid"], now["restarts"], now["status"]) == (pid, 0, "running")


def test_a_successor_with_the_port_is_the_service_and_nothing_has_crashed(
    daemons: Make, tool: Path, free_port: int
) -> None:
    daemon = daemons(block(tool, "successor", free_port))
    first = daemon.post("tool", "start").json()["pid"]
    serving(daemon, 1)
    say(free_port, b"restart")
    heir = serving(daemon, 2)[1]
    wait_for(lambda: daemon.service("tool")["pid"] == heir)
    now = daemon.service("tool")
    assert (now["status"], now["restarts"], now["exit_code"]) == ("running", 0, None)
    assert not alive(first)
    assert len(daemon.events("service.self_restarted")) == 1
    assert daemon.events("service.exited") == []

    daemon.kill()
    daemon.start()
    wait_for(lambda: daemon.service("tool")["pid"] == heir)
    assert alive(heir)
    assert daemon.post("tool", "stop").json()["status"] == "stopped"
    assert not alive(heir)


def test_a_successor_that_crashes_is_started_again_and_counted(daemons: Make, tool: Path, free_port: int) -> None:
    daemon = daemons(block(tool, "successor", free_port))
    daemon.post("tool", "start")
    serving(daemon, 1)
    say(free_port, b"restart")
    heir = serving(daemon, 2)[1]
    wait_for(lambda: daemon.service("tool")["pid"] == heir)
    say(free_port, b"crash")
    third = serving(daemon, 3)[2]
    wait_for(lambda: daemon.service("tool")["pid"] == third)
    assert daemon.service("tool")["restarts"] == 1


def test_a_tool_that_leaves_word_is_started_afresh_and_not_counted(daemons: Make, tool: Path, free_port: int) -> None:
    daemon = daemons(block(tool, "comfy", free_port, "restart: {self: comfy}"))
    daemon.post("tool", "start")
    serving(daemon, 1)
    daemon.is_("tool", "running")
    say(free_port, b"restart")
    second = serving(daemon, 2)[1]
    wait_for(lambda: daemon.service("tool")["pid"] == second)
    assert daemon.service("tool")["restarts"] == 0
    assert [one.name for one in (daemon.data_dir / "restarts").iterdir()] == [], "the word is taken back"


def test_what_holds_the_automatic_port_is_left_alone_and_the_next_is_taken(
    daemons: Make, tool: Path, free_port: int
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        daemon = daemons(
            block(
                tool,
                "stay",
                f"{{base: {free_port}, auto: true}}",  # type: ignore[arg-type]
                'url: "http://127.0.0.1:${PORT}/ui"\n            health: {tcp: "${PORT}"}',
            )
        )
        daemon.post("tool", "start")
        serving(daemon, 1)
        now = daemon.service("tool")
        assert now["port"] > free_port
        assert now["url"] == f"http://127.0.0.1:{now['port']}/ui"
        say(now["port"], b"hello")
        wait_for(lambda: daemon.service("tool")["health"] == "healthy")

        daemon.kill()
        daemon.start()
        assert daemon.service("tool")["port"] == now["port"]
        assert daemon.service("tool")["pid"] == now["pid"]
        daemon.post("tool", "stop")
        assert daemon.service("tool")["port"] == free_port


@pytest.fixture
def stranger(tool: Path, free_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The same tool, started by the person before there was a control center."""
    process = subprocess.Popen(
        [sys.executable, str(tool), "stay", str(free_port)], stdout=subprocess.PIPE, cwd=tool.parent
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def owner(daemon: Daemon) -> dict[str, Any]:
    answer = httpx.get(f"{daemon.address}/api/services/tool/port").json()
    assert answer["state"] == "used"
    found: dict[str, Any] = answer["owners"][0]
    return found


def ask(daemon: Daemon, action: str, one: dict[str, Any]) -> httpx.Response:
    body = {"pid": one["pid"], "started_at": one["started_at"]}
    return httpx.post(f"{daemon.address}/api/services/tool/{action}", json=body, timeout=30)


def test_the_same_tool_started_elsewhere_is_adopted(
    daemons: Make, tool: Path, free_port: int, stranger: subprocess.Popen[bytes]
) -> None:
    daemon = daemons(block(tool, "stay", free_port, f"cwd: {tool.parent}"))
    refused = daemon.post("tool", "start")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "port_in_use")
    one = owner(daemon)
    assert one["adopt"]["possible"], one
    assert all(evidence["same"] for evidence in one["adopt"]["evidence"])
    adopted = ask(daemon, "adopt", one)
    assert (adopted.status_code, adopted.json()["pid"]) == (200, stranger.pid)
    now = daemon.is_("tool", "running")
    assert now["uptime_seconds"] >= 0
    assert now["health"] in {"starting", "healthy"}

    daemon.kill()
    daemon.start()
    assert daemon.service("tool")["pid"] == stranger.pid
    assert daemon.post("tool", "stop").json()["status"] == "stopped"
    assert stranger.wait(10) != 0


def test_another_tool_on_the_port_cannot_be_adopted_and_can_be_stopped(
    daemons: Make, tool: Path, free_port: int, stranger: subprocess.Popen[bytes]
) -> None:
    daemon = daemons(block(tool, "other", free_port, f"cwd: {tool.parent}"))
    one = owner(daemon)
    assert not one["adopt"]["possible"]
    assert {evidence["what"] for evidence in one["adopt"]["evidence"] if not evidence["same"]} == {"arguments"}
    refused = ask(daemon, "adopt", one)
    assert (refused.status_code, refused.json()["error_code"]) == (409, "not_the_same_tool")
    freed = ask(daemon, "port/free", one)
    assert freed.status_code == 200, freed.text
    assert f"(pid {stranger.pid}) has ended" in freed.json()["message"]
    assert not psutil.pid_exists(stranger.pid) or stranger.poll() is not None
    assert daemon.post("tool", "start").status_code == 200


def test_a_process_with_that_pid_but_another_start_is_not_touched(
    daemons: Make, tool: Path, free_port: int, stranger: subprocess.Popen[bytes]
) -> None:
    daemon = daemons(block(tool, "other", free_port))
    one = {**owner(daemon), "started_at": "2020-01-01T00:00:00Z"}
    assert ask(daemon, "port/free", one).json()["error_code"] == "owner_gone"
    assert stranger.poll() is None


def test_the_port_of_another_service_is_freed_by_stopping_that_service(
    daemons: Make, tool: Path, free_port: int
) -> None:
    other = f'  other:\n    command: ["{sys.executable}", "{tool}", "stay", "{free_port}"]\n    start_seconds: 0\n'
    daemon = daemons(block(tool, "stay", free_port).rstrip() + "\n" + other)
    daemon.post("other", "start")
    wait_for(lambda: "serving" in daemon.log("other"))
    one = owner(daemon)
    assert (one["service"], one["adopt"]["possible"], one["stop"]["possible"]) == ("other", False, True)
    assert ask(daemon, "port/free", one).status_code == 200
    daemon.kill()
    daemon.start()
    other_now = daemon.service("other")
    assert (other_now["status"], other_now["wanted"]) == ("stopped", "down"), "the answer waited for its record"


def test_dependants_that_asked_for_it_are_restarted_along(daemons: Make) -> None:
    daemon = daemons(
        textwrap.dedent("""
            services:
              db: {command: [sleep, "1000"], start_seconds: 0.1}
              along: {command: [sleep, "1000"], start_seconds: 0, depends_on: {db: {restart: true}}}
              apart: {command: [sleep, "1000"], start_seconds: 0, depends_on: [db]}
        """)
    )
    daemon.post("along", "start", wait="running")
    daemon.post("apart", "start", wait="running")
    before = {name: daemon.service(name)["pid"] for name in ("db", "along", "apart")}
    psutil.Process(before["db"]).kill()
    wait_for(lambda: daemon.service("along")["pid"] not in {None, before["along"]})
    assert daemon.service("db")["pid"] != before["db"]
    assert daemon.service("along")["restarts"] == 0, "what a dependency caused is not counted"
    assert daemon.service("apart")["pid"] == before["apart"]
    reasons = [event["payload"]["reason"] for event in daemon.events("service.stopping", "along")]
    assert reasons == ["db was restarted"]
