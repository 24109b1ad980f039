"""The supervisor through a real daemon, a real keeper and real processes."""

from __future__ import annotations

import os
import signal
import socket
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell; tests/windows has its like")

Make = Callable[..., Daemon]

TICKER = """
  ticker:
    command: [sh, -c, 'i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.05; done']
"""


def definitions(*blocks: str) -> str:
    return "services:\n" + "\n".join(textwrap.indent(textwrap.dedent(block).strip("\n"), "  ") for block in blocks)


@pytest.fixture
def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_service_starts_logs_and_stops(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER))
    answer = daemon.post("ticker", "start")
    assert answer.status_code == 200
    pid = answer.json()["pid"]
    assert alive(pid)
    assert daemon.is_("ticker", "running")["pid"] == pid
    assert daemon.service("Ticker")["pid"] == pid, "ids differ in more than case, so either will do"
    wait_for(lambda: "tick 3" in daemon.log("ticker"))
    assert daemon.post("ticker", "stop").json()["status"] == "stopped"
    assert not alive(pid)
    assert daemon.service("ticker")["wanted"] == "down"


def test_refusals_say_what_is_so(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER, "bad: {command: [no-such-program-here]}"))
    cases = [
        (daemon.post("nothing", "start"), 404, "unknown_service"),
        (daemon.post("ticker", "stop"), 409, "not_running"),
        (daemon.post("bad", "start"), 422, "launch_failed"),
    ]
    daemon.post("ticker", "start")
    cases.append((daemon.post("ticker", "start"), 409, "already_running"))
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["error_code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    assert "no-such-program-here" in cases[2][0].json()["detail"]
    assert daemon.service("bad")["status"] == "failed"


def test_a_port_in_use_is_a_conflict_that_names_its_owner(daemons: Make, free_port: int) -> None:
    daemon = daemons(definitions(f"web: {{command: [sleep, '60'], port: {free_port}}}"))
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_port))
        holder.listen()
        answer = daemon.post("web", "start")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "port_in_use")
    assert answer.json()["owner"]["pid"] == os.getpid()
    assert str(free_port) in answer.json()["detail"]


def test_a_crash_is_seen_at_once_with_its_exit_code_and_restarted(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER))
    first = daemon.post("ticker", "start").json()["pid"]
    os.kill(first, signal.SIGKILL)
    second = wait_for(lambda: (pid := daemon.service("ticker")["pid"]) not in {None, first} and pid, 2)
    assert alive(second)
    view = daemon.service("ticker")
    assert (view["restarts"], view["exit_code"], view["exit_text"]) == (1, None, "SIGKILL (9)")
    exited = wait_for(lambda: daemon.events("service.exited", "ticker"))
    assert exited[0]["payload"]["signal"] == 9


def test_a_crash_loop_is_failed_when_its_budget_is_spent_and_shows_its_last_words(daemons: Make) -> None:
    daemon = daemons(definitions("""
        loop:
          command: [sh, -c, 'echo last words; exit 7']
          restart: {when: on-failure, max_restarts: 3, window: 60s, max_delay: 0.1s}
    """))  # fmt: skip
    daemon.post("loop", "start")
    view = daemon.is_("loop", "failed")
    assert (view["exit_code"], view["restarts"]) == (7, 3)
    assert view["reason"] == "exit code 7; 3 restarts within 60 s"
    assert len(wait_for(lambda: len(found := daemon.events("service.launched", "loop")) == 4 and found)) == 4
    last = wait_for(lambda: daemon.http.get("/api/services/loop").json()["last_exit"]["last_lines"])
    assert last[-1] == "last words"


@pytest.mark.parametrize(("when", "code", "status"), [("never", 3, "exited"), ("on-failure", 0, "exited")])
def test_a_tool_that_may_end_is_exited(daemons: Make, when: str, code: int, status: str) -> None:
    daemon = daemons(definitions(f"once: {{command: [sh, -c, 'exit {code}'], restart: {when}}}"))
    daemon.post("once", "start")
    assert daemon.is_("once", status)["exit_code"] == code


def test_what_a_crashed_root_leaves_behind_is_ended_before_the_restart(daemons: Make) -> None:
    daemon = daemons(definitions("parent: {command: [sh, -c, 'sleep 300 & echo child $!; wait']}"))
    root = daemon.post("parent", "start").json()["pid"]
    child = int(wait_for(lambda: "child" in (text := daemon.log("parent")) and text).split()[1])
    os.kill(root, signal.SIGKILL)
    wait_for(lambda: daemon.service("parent")["pid"] not in {None, root})
    assert not alive(child)


def test_kill_9_of_the_daemon_loses_no_process_no_line_and_no_exit(daemons: Make) -> None:
    daemon = daemons(definitions(
        TICKER,
        "quiet: {command: [sleep, '300']}",
        "ends: {command: [sh, -c, 'sleep 0.5; exit 9'], restart: never}",
    ))  # fmt: skip
    pids = {service: daemon.post(service, "start").json()["pid"] for service in ("ticker", "quiet", "ends")}
    started = daemon.is_("ticker", "running")["started_at"]
    daemon.kill()
    wait_for(lambda: not alive(pids["ends"]))
    daemon.start()
    for service in ("ticker", "quiet"):
        assert daemon.is_(service, "running")["pid"] == pids[service]
    assert daemon.service("ticker")["started_at"] == started
    ended = daemon.is_("ends", "exited")
    assert ended["exit_code"] == 9
    wait_for(lambda: len(daemon.log("ticker").splitlines()) > 40)
    assert daemon.log("ticker").splitlines()[:40] == [f"tick {number}" for number in range(40)]
    assert len([p for p in psutil.Process(daemon.keeper_pid).children() if p.pid in pids.values()]) == 2


def test_a_stop_that_the_daemon_s_death_cut_off_is_finished(daemons: Make) -> None:
    daemon = daemons(definitions("""
        stubborn:
          command: [sh, -c, "trap '' TERM; echo ready; while :; do sleep 0.1; done"]
          stop: {timeout: 2s}
    """))  # fmt: skip
    pid = daemon.post("stubborn", "start").json()["pid"]
    wait_for(lambda: "ready" in daemon.log("stubborn"))
    daemon.post("stubborn", "stop", timeout=0.2)
    stored = {"type": "service.stopping"}
    wait_for(lambda: any(e["stored"] for e in daemon.http.get("/api/events", params=stored).json()["events"]))
    daemon.kill()
    assert alive(pid)
    daemon.start()
    daemon.is_("stubborn", "stopped")
    assert not alive(pid)


def test_the_keeper_leaves_when_there_is_nothing_left_to_hold(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER))
    keeper = daemon.keeper_pid
    daemon.post("ticker", "start")
    daemon.stop()
    wait_for(lambda: not alive(keeper))


def test_a_killed_keeper_is_told_and_what_is_wanted_comes_back(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER, "idle: {command: [sleep, '300']}"))
    old = daemon.post("ticker", "start").json()["pid"]
    os.kill(daemon.keeper_pid, signal.SIGKILL)
    new = wait_for(lambda: (pid := daemon.service("ticker")["pid"]) not in {None, old} and pid)
    assert alive(new)
    assert not alive(old)
    assert daemon.service("idle")["status"] == "stopped"
    assert wait_for(lambda: daemon.events("keeper.lost"))
    assert wait_for(lambda: daemon.events("keeper.started"))


def test_nothing_that_a_stubborn_tool_does_holds_up_other_requests(daemons: Make) -> None:
    daemon = daemons(definitions("""
        deaf:
          command: [sh, -c, "trap '' TERM; echo ready; while :; do sleep 0.1; done"]
          stop: {timeout: 3s}
    """))  # fmt: skip
    daemon.post("deaf", "start")
    wait_for(lambda: "ready" in daemon.log("deaf"))
    stopping = threading.Thread(target=lambda: httpx.post(f"{daemon.address}/api/services/deaf/stop", timeout=30))
    stopping.start()
    taken = []
    while stopping.is_alive():
        begun = time.perf_counter()
        assert daemon.http.get("/health").status_code == 200
        taken.append(time.perf_counter() - begun)
    stopping.join()
    assert len(taken) > 200
    assert sorted(taken)[int(len(taken) * 0.99)] < 0.05, "a busy machine may delay a few answers, the daemon none"
    stopped = daemon.events("service.stopping", "deaf")
    assert stopped


def test_a_dependency_is_started_first_and_waited_for(daemons: Make, free_port: int) -> None:
    server = f"import time, http.server as h; time.sleep(0.4); h.test(h.SimpleHTTPRequestHandler, port={free_port})"
    daemon = daemons(definitions(
        f"db: {{command: [{sys.executable}, -c, '{server}'], port: {free_port}}}",
        "app: {command: [sleep, '300'], depends_on: {db: {condition: healthy}}}",
    ))  # fmt: skip
    answer = daemon.post("app", "start")
    assert (answer.status_code, answer.json().get("reason")) == (202, "waiting for db to be healthy"), answer.text
    daemon.is_("app", "running")
    assert daemon.service("db")["health"] == "healthy"
    assert "app" in daemon.post("db", "stop").json()["message"]
    assert daemon.service("app")["status"] == "running"


def test_bad_health_restarts_a_service_that_had_been_well(daemons: Make, tmp_path: Path) -> None:
    well = tmp_path / "well"
    well.touch()
    daemon = daemons(definitions(f"""
        sick:
          command: [sleep, '300']
          health: {{command: [test, -e, '{well}'], interval: 0.1s, failures: 2}}
    """))  # fmt: skip
    first = daemon.post("sick", "start", wait="healthy").json()["pid"]
    well.unlink()
    wait_for(lambda: daemon.service("sick")["pid"] not in {None, first})
    assert daemon.service("sick")["restarts"] >= 1


def test_ctrl_c_with_three_log_viewers_open_ends_within_two_seconds_plus_grace(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER))
    daemon.post("ticker", "start")
    with httpx.Client(timeout=30) as client:
        streams = [client.stream("GET", f"{daemon.address}/api/services/ticker/logs/stream") for _ in range(3)]
        opened = [stream.__enter__() for stream in streams]
        for response in opened:
            next(response.iter_bytes())
        assert daemon.stop() < 2
        for stream in streams:
            stream.__exit__(None, None, None)


def test_definitions_that_change_take_effect_at_the_next_restart_and_are_marked(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER))
    pid = daemon.post("ticker", "start").json()["pid"]
    daemon.config.write_text(definitions("ticker: {command: [sleep, '301']}", "fresh: {command: [sleep, '302']}"))
    view = wait_for(lambda: (v := daemon.service("ticker"))["definition"] == "changed" and v)
    assert view["pid"] == pid
    assert daemon.service("fresh")["status"] == "stopped"
    new = daemon.post("ticker", "restart").json()["pid"]
    wait_for(lambda: psutil.Process(new).cmdline() == ["sleep", "301"])  # it is empty while the system loads a program
    assert daemon.service("ticker")["definition"] == "current"
    daemon.config.write_text(definitions("fresh: {command: [sleep, '302']}"))
    wait_for(lambda: daemon.service("ticker")["definition"] == "removed")
    assert alive(new)
    daemon.post("ticker", "stop")
    assert daemon.http.get("/api/services/ticker/status").status_code == 404


def test_a_daemon_that_starts_beside_a_bad_file_still_supervises(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER))
    pid = daemon.post("ticker", "start").json()["pid"]
    daemon.kill()
    daemon.config.write_text("services:\n  ticker:\n    comand: [sleep]\n")
    daemon.start()
    assert daemon.is_("ticker", "running")["pid"] == pid
    faults = daemon.http.get("/api/config").json()["faults"]
    unknown = next(fault for fault in faults if fault["line"] == 3)
    assert unknown["severity"] == "error"
    assert "command" in unknown["hint"]


def test_a_second_daemon_on_the_same_folder_is_refused_with_the_pid_of_the_first(daemons: Make) -> None:
    daemon = daemons(definitions(TICKER))
    second = Daemon.__new__(Daemon)
    second.__dict__.update({**daemon.__dict__, "process": None, "output": daemon.folder / "second.txt"})
    with pytest.raises(AssertionError) as told:
        second.start()
    assert daemon.process is not None
    assert f"pid {daemon.process.pid}" in str(told.value)
    assert daemon.address in str(told.value)


def test_a_changed_health_check_counts_for_what_runs(daemons: Make) -> None:
    daemon = daemons(definitions("a: {command: [sleep, '1000'], start_seconds: 0}"))
    pid = daemon.post("a", "start").json()["pid"]
    assert daemon.service("a")["health"] == "none"
    file = daemon.config
    file.write_text(definitions("a: {command: [sleep, '1000'], start_seconds: 0, health: {command: ['true']}}"))
    wait_for(lambda: daemon.service("a")["health"] == "healthy")
    file.write_text(definitions("a: {command: [sleep, '1000'], start_seconds: 0}"))
    wait_for(lambda: daemon.service("a")["health"] == "none")
    assert (daemon.service("a")["pid"], daemon.service("a")["definition"]) == (pid, "current")


def test_the_rungs_of_a_stop_can_be_watched_and_have_a_receipt(daemons: Make) -> None:
    daemon = daemons(
        definitions("""
            deaf:
              command: [sh, -c, "trap '' TERM; while :; do sleep 0.1; done"]
              start_seconds: 0
              stop: {timeout: 2s, command: ["true"]}
        """)
    )
    daemon.post("deaf", "start")
    assert daemon.post("deaf", "stop", timeout=0.05).status_code == 202
    ladder = daemon.service("deaf")["ladder"]
    assert [rung["name"] for rung in ladder["rungs"]] == ["true", "SIGTERM", "kill"]
    held = wait_for(lambda: (daemon.service("deaf")["ladder"] or {}).get("holding"))
    assert {"sh"} <= {one["name"] for one in held} <= {"sh", "sleep"}
    daemon.is_("deaf", "stopped")
    last = daemon.http.get("/api/services/deaf").json()["last_stop"]
    assert last["rung"] == "kill"
    assert last["seconds"] == pytest.approx(2.0, abs=0.5)
    rungs = [event["payload"]["rung"] for event in daemon.events("service.ladder", "deaf")]
    assert rungs == ["SIGTERM", "kill"], "the first rung is the stop itself"
    assert daemon.events("service.stopped", "deaf")[-1]["payload"]["rung"] == "kill"


def test_health_can_be_looked_back_at(daemons: Make, tmp_path: Path) -> None:
    well = tmp_path / "well"
    well.touch()
    daemon = daemons(
        definitions(f"""
            a:
              command: [sleep, '1000']
              start_seconds: 0
              health: {{command: [test, -e, "{well}"], interval: 0.05s, failures: 2, restart: false}}
        """)
    )
    daemon.post("a", "start", wait="healthy")
    well.unlink()
    wait_for(lambda: daemon.service("a")["health"] == "unhealthy")
    seen = daemon.http.get("/api/services/a/health").json()
    assert seen["check"] == {
        "kind": "command", "target": f"test -e {well}", "interval": 0.05, "timeout": 2.0,
        "failures": 2, "successes": 1, "restart": False,
    }  # fmt: skip
    assert [one["ok"] for one in seen["probes"]][-2:] == [False, False]
    assert seen["probes"][-1]["trouble"] == "test ended with exit code 1"
    assert [change["health"] for change in seen["changes"]] == ["starting", "healthy", "unhealthy"]
