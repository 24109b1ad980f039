"""Logs over HTTP and WebSocket, from a real tool of a real daemon."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.fakes.daemon import Daemon, wait_for

SCRIPT = "for n in range(5000): print('line', n)"
DEFINITIONS = f"""
services:
  printer:
    command: ["{sys.executable}", "-c", "{SCRIPT}"]
    restart: never
    log: {{max_size: 20000, keep: 50}}
  idle:
    command: [none]
  ticker:
    command: ["{sys.executable}", "-u", "-c",
      "import os, time\\nfor n in range(10**6): os.write(1, b'tick %d\\\\n' % n); time.sleep(0.02)"]
"""
WHOLE = "".join(f"line {number}\n" for number in range(5000))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("logs"), DEFINITIONS)
    try:
        daemon.start()
        daemon.post("printer", "start")
        daemon.is_("printer", "exited")
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def socket(daemon: Daemon) -> Iterator[ClientConnection]:
    with connect(daemon.address.replace("http", "ws") + "/api/logs/ws") as socket:
        yield socket


def say(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection) -> dict[str, Any]:
    heard: dict[str, Any] = json.loads(socket.recv(timeout=10))
    return heard


def frames(daemon: Daemon, service: str, most: int, last_id: str | None = None) -> list[tuple[str, str]]:
    """Id and message of the next `most` lines of a stream."""
    headers = {"Last-Event-ID": last_id} if last_id is not None else {}
    found: list[tuple[str, str]] = []
    path = f"/api/services/{service}/logs/stream?lines=10000"
    with daemon.http.stream("GET", path, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        frame: dict[str, str] = {}
        for line in response.iter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                frame[name] = value
            elif frame:
                found.append((frame["id"], json.loads(frame["data"])["message"]))
                frame = {}
                if len(found) == most:
                    break
    return found


def test_the_last_lines_and_those_above_them(daemon: Daemon) -> None:
    last = daemon.http.get("/api/services/printer/logs", params={"lines": 2}).json()
    assert (last["logs"], last["total_lines"]) == (["line 4998", "line 4999"], 2)
    assert last["next_offset"] == last["size_bytes"] == len(WHOLE)
    above = daemon.http.get("/api/services/printer/logs", params={"lines": 1, "before": last["start_offset"]}).json()
    assert above["logs"] == ["line 4997"]


@pytest.mark.parametrize("lines", [0, 10001, "many"])
def test_a_number_of_lines_out_of_bounds_is_told(daemon: Daemon, lines: object) -> None:
    answer = daemon.http.get("/api/services/printer/logs", params={"lines": str(lines)})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "query.lines"


def test_a_service_that_never_ran_has_an_empty_log(daemon: Daemon) -> None:
    assert daemon.http.get("/api/services/idle/logs").json()["logs"] == []


def test_a_download_is_the_whole_log_across_its_segments(daemon: Daemon) -> None:
    answer = daemon.http.get("/api/services/printer/logs/download")
    assert answer.text == WHOLE
    assert answer.headers["content-disposition"] == 'attachment; filename="printer.log"'


def test_a_stream_has_one_frame_a_line_and_resumes_behind_any_of_them(daemon: Daemon) -> None:
    first = frames(daemon, "printer", 1234)
    rest = frames(daemon, "printer", 5000 - 1234, last_id=first[-1][0])
    assert [message for _, message in first + rest] == WHOLE.splitlines()
    assert int(rest[-1][0]) == len(WHOLE)


def test_a_stream_goes_on_where_it_was_when_the_daemon_was_killed(daemon: Daemon) -> None:
    daemon.post("ticker", "start")
    wait_for(lambda: "tick 10" in daemon.log("ticker"))
    before = frames(daemon, "ticker", 10)
    daemon.kill()
    daemon.start()
    after = frames(daemon, "ticker", 30, last_id=before[-1][0])
    assert [message for _, message in before + after] == [f"tick {number}" for number in range(40)]


def test_a_followed_log_begins_with_its_end_and_goes_on_live(daemon: Daemon, socket: ClientConnection) -> None:
    daemon.post("ticker", "start")
    wait_for(lambda: "tick 5" in daemon.log("ticker"))
    say(socket, op="follow", log="service:ticker", lines=2)
    text, at = "", None
    while text.count("\n") < 30:
        block = hear(socket)
        assert block["type"] == "block"
        assert at is None or block["start"] == at
        at = block["end"]
        assert block["at"] is not None
        text += block["text"]
    numbers = [int(line.split()[1]) for line in text.splitlines()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_older_pages_come_until_the_first(daemon: Daemon, socket: ClientConnection) -> None:
    say(socket, op="follow", log="service:printer", lines=1000)
    block = hear(socket)
    text = block["text"]
    while True:
        say(socket, op="page", log="service:printer", before=block["start"], lines=1000)
        block = hear(socket)
        assert block["type"] == "page"
        text = block["text"] + text
        if block["first"]:
            break
    assert text == WHOLE


def test_several_logs_come_over_one_socket(daemon: Daemon, socket: ClientConnection) -> None:
    daemon.post("ticker", "start")
    say(socket, op="follow", log="service:printer", lines=1)
    say(socket, op="follow", log="service:ticker", lines=0)
    seen: set[str] = set()
    while seen != {"service:printer", "service:ticker"}:
        block = hear(socket)
        if block["text"]:
            seen.add(block["log"])


def test_an_unfollowed_log_is_silent(daemon: Daemon, socket: ClientConnection) -> None:
    daemon.post("ticker", "start")
    say(socket, op="follow", log="service:ticker", lines=1)
    hear(socket)
    say(socket, op="unfollow", log="service:ticker")
    say(socket, op="page", log="service:printer", before=0, lines=1)
    while (heard := hear(socket))["type"] != "page":
        assert heard["log"] == "service:ticker"
    with pytest.raises(TimeoutError):
        socket.recv(timeout=0.5)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("nonsense", "not understood"),
        ("[]", "not understood"),
        ('{"op": "follow"}', "not understood"),
        ('{"op": "dance", "log": "service:printer"}', "unknown op 'dance'"),
        ('{"op": "follow", "log": "file:/etc/passwd"}', "'file:/etc/passwd' is no log"),
        ('{"op": "follow", "log": "service:nothing"}', "There is no service 'nothing'"),
        ('{"op": "page", "log": "service:printer", "before": "x"}', "not understood"),
    ],
)
def test_a_faulty_request_is_refused_and_ends_nothing(socket: ClientConnection, message: str, words: str) -> None:
    socket.send(message)
    refusal = hear(socket)
    assert refusal["type"] == "refused"
    assert words in refusal["detail"]
    say(socket, op="page", log="service:printer", before=7, lines=1)
    assert hear(socket)["text"] == "line 0\n"
