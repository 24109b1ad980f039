"""Logs of runs over HTTP and WebSocket, of real runs in a real daemon."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.fakes.daemon import Daemon, wait_for

LINES = 200_000
COUNT = f"import sys, time\\nfor n in range({LINES}): print('line', n, flush=n % 5000 == 0)"
GATED = "import pathlib, time\\nprint('one', flush=True)\\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\\n"
FRAME = re.compile(rb"id: (\d+)\nevent: log\ndata: (\{.*?\})\n\n")
COMPLETE = re.compile(rb"event: complete\ndata: (\{.*?\})\n\n$")


def module(name: str, code: str) -> str:
    return f'  {name}: {{command: ["{sys.executable}", -c, "{code}"]}}\n'


MODULES = (
    "modules:\n"
    + module("count", COUNT)
    + module("failing", "import sys\\nprint('[warn] slow\\\\nERROR: broken\\\\nno errors found', end='')\\nsys.exit(3)")
    + module("gated", GATED + "print('two', end='')")
    + module("slow", "import time\\nfor n in range(400): print('line', n, flush=True); time.sleep(0.01)")
    + module("silent", "pass")
    + module("bytes", "import sys\\nsys.stdout.buffer.write(bytes(range(256)) * 5000)")
)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("runs"), MODULES)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


def begin(daemon: Daemon, module_id: str) -> str:
    answer = daemon.http.post("/api/runs", json={"module_id": module_id})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


def ended(daemon: Daemon, run_id: str) -> dict[str, Any]:
    def seen() -> dict[str, Any] | None:
        run: dict[str, Any] = daemon.http.get(f"/api/runs/{run_id}").json()
        return run if run["completed_at"] else None

    found: dict[str, Any] = wait_for(seen, 30, "the run has ended")
    return found


def page(daemon: Daemon, run_id: str, **query: Any) -> dict[str, Any]:
    answer = daemon.http.get(f"/api/runs/{run_id}/logs", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def stream(daemon: Daemon, run_id: str, last_id: str | None = None, most: int | None = None) -> bytes:
    """What comes until the stream ends, or until `most` bytes are there: then the client hangs up, wherever that is."""
    headers = {"Last-Event-ID": last_id} if last_id is not None else {}
    data = bytearray()
    with daemon.http.stream("GET", f"/api/runs/{run_id}/logs/stream", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for piece in response.iter_raw():
            data += piece
            if most is not None and len(data) >= most:
                return bytes(data[:most])
    return bytes(data)


def messages(frames: list[tuple[bytes, bytes]]) -> list[str]:
    return [json.loads(data)["message"] for _, data in frames]


def test_a_stream_that_breaks_fifty_times_has_each_line_once(daemon: Daemon) -> None:
    """It begins while the run prints, and is cut anywhere, also within a frame."""
    run_id, dice = begin(daemon, "count"), random.Random(11)
    found: list[tuple[bytes, bytes]] = []
    for _ in range(50):
        last = found[-1][0].decode() if found else None
        found += FRAME.findall(stream(daemon, run_id, last, most=dice.randrange(200, 800_000)))
    rest = stream(daemon, run_id, found[-1][0].decode())
    found += FRAME.findall(rest)
    assert messages(found) == [f"line {number}" for number in range(LINES)]
    complete = COMPLETE.search(rest)
    assert complete is not None
    assert json.loads(complete[1]) == {"status": "completed", "exit_code": 0}


def test_a_stream_goes_on_where_it_was_when_the_daemon_was_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    daemon = Daemon(tmp_path_factory.mktemp("killed"), MODULES)
    try:
        daemon.start()
        run_id = begin(daemon, "slow")
        found: list[tuple[bytes, bytes]] = []
        for _ in range(3):
            last = found[-1][0].decode() if found else None
            found += FRAME.findall(stream(daemon, run_id, last, most=3000))
            daemon.kill()
            daemon.start()
        rest = stream(daemon, run_id, found[-1][0].decode())
        assert messages(found + FRAME.findall(rest)) == [f"line {number}" for number in range(400)]
        assert b'event: complete\ndata: {"status": "completed", "exit_code": 0}' in rest
    finally:
        daemon.close()


def test_a_stream_follows_until_the_run_ends_and_then_tells_the_outcome(daemon: Daemon) -> None:
    run_id = begin(daemon, "gated")
    with daemon.http.stream("GET", f"/api/runs/{run_id}/logs/stream") as response:
        pieces, data = response.iter_raw(), b""
        while b'"one"' not in data:
            data += next(pieces)
        assert b"complete" not in data
        (daemon.folder / "go").touch()
        data += b"".join(pieces)
    (daemon.folder / "go").unlink()
    assert messages(FRAME.findall(data)) == ["one", "two"]
    assert data.endswith(b'event: complete\ndata: {"status": "completed", "exit_code": 0}\n\n')


def test_the_whole_log_of_a_finished_run_comes_again_however_often(daemon: Daemon) -> None:
    run_id = begin(daemon, "failing")
    assert ended(daemon, run_id)["exit_code"] == 3
    for _ in range(2):
        data = stream(daemon, run_id)
        entries = [json.loads(entry) for _, entry in FRAME.findall(data)]
        assert [(entry["level"], entry["message"]) for entry in entries] == [
            ("WARNING", "[warn] slow"), ("ERROR", "ERROR: broken"), ("INFO", "no errors found"),
        ]  # fmt: skip
        assert all(datetime.fromisoformat(entry["timestamp"]).tzinfo for entry in entries)
        assert data.endswith(b'event: complete\ndata: {"status": "failed", "exit_code": 3}\n\n')


def test_a_run_that_prints_nothing_completes_its_stream(daemon: Daemon) -> None:
    run_id = begin(daemon, "silent")
    assert FRAME.findall(stream(daemon, run_id)) == []
    assert page(daemon, run_id) == {
        "run_id": run_id, "logs": [], "total_lines": 0, "truncated": False, "next_offset": 0,
    }  # fmt: skip


def test_a_page_has_the_last_lines_and_says_how_many_there_are(daemon: Daemon) -> None:
    run_id = begin(daemon, "slow")
    ended(daemon, run_id)
    found = page(daemon, run_id, tail=2)
    assert [entry["message"] for entry in found["logs"]] == ["line 398", "line 399"]
    assert (found["total_lines"], found["truncated"]) == (400, True)
    assert FRAME.findall(stream(daemon, run_id, str(found["next_offset"]))) == []
    whole = page(daemon, run_id)
    assert (len(whole["logs"]), whole["truncated"]) == (400, False)


def test_a_page_since_a_time_has_the_lines_from_then_on(daemon: Daemon) -> None:
    run_id = begin(daemon, "slow")
    ended(daemon, run_id)
    whole = page(daemon, run_id)["logs"]
    stamps = sorted({entry["timestamp"] for entry in whole})
    assert len(stamps) > 2, "it prints for four seconds"
    for since in (stamps[1], stamps[1].replace("+00:00", "Z"), stamps[1].replace("+00:00", "")):
        found = page(daemon, run_id, since=since)
        assert found["logs"] == [entry for entry in whole if entry["timestamp"] >= stamps[1]]
        assert found["truncated"] is False
    last = page(daemon, run_id, since=stamps[1], tail=1)
    assert (last["logs"], last["truncated"]) == (whole[-1:], True)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert page(daemon, run_id, since=later.isoformat())["logs"] == []
    plain = daemon.http.get(f"/api/runs/{run_id}/logs?since={stamps[1]}")
    assert len(plain.json()["logs"]) < 400, "the + of an offset may have become a space"


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"since": "yesterday"}, 400, "Write an ISO 8601 time like"),
        ({"since": " "}, 400, "Write an ISO 8601 time like"),
        ({"since": "2026-13-01"}, 400, "Write an ISO 8601 time like"),
        ({"tail": "0"}, 422, "query.tail"),
        ({"tail": "10001"}, 422, "query.tail"),
        ({"tail": "all"}, 422, "query.tail"),
    ],
)
def test_what_cannot_be_asked_for_is_told(daemon: Daemon, query: dict[str, str], status: int, words: str) -> None:
    answer = daemon.http.get(f"/api/runs/{begin(daemon, 'silent')}/logs", params=query)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_a_download_is_the_log_byte_for_byte(daemon: Daemon) -> None:
    run_id = begin(daemon, "bytes")
    ended(daemon, run_id)
    answer = daemon.http.get(f"/api/runs/{run_id}/logs/download")
    assert answer.content == bytes(range(256)) * 5000
    assert answer.headers["content-disposition"] == f'attachment; filename="{run_id}.log"'
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["logs", "logs/stream", "logs/download", "results", "artefacts/x"])
@pytest.mark.parametrize("run_id", ["run_20261121_080000_count_0a1b2c3d", "..", "nonsense"])
def test_an_unknown_run_has_no_log(daemon: Daemon, path: str, run_id: str) -> None:
    assert _error(daemon.http.get(f"/api/runs/{run_id}/{path}")) in {"run_not_found", "not_valid", "not_found"}


def _error(answer: httpx.Response) -> str:
    assert answer.status_code in {404, 422}
    return str(answer.json()["error_code"])


def test_a_run_is_followed_over_the_socket_of_logs_until_it_ends(daemon: Daemon) -> None:
    run_id = begin(daemon, "gated")
    with connect(daemon.address.replace("http", "ws") + "/api/logs/ws") as socket:
        socket.send(json.dumps({"op": "follow", "log": f"run:{run_id}", "lines": 10}))
        text = ""
        while "one" not in text:
            text += json.loads(socket.recv(timeout=10))["text"]
        (daemon.folder / "go").touch()
        while (heard := json.loads(socket.recv(timeout=10)))["type"] == "block":
            text += heard["text"]
        socket.send(json.dumps({"op": "follow", "log": "run:nonsense"}))
        refused = json.loads(socket.recv(timeout=10))
    (daemon.folder / "go").unlink()
    assert text == "one\ntwo"
    assert heard == {"type": "complete", "log": f"run:{run_id}", "status": "completed", "exit_code": 0}
    assert (refused["type"], refused["log"]) == ("refused", "run:nonsense")


def test_who_follows_from_far_behind_is_told_by_how_much(daemon: Daemon) -> None:
    run_id = begin(daemon, "count")
    ended(daemon, run_id)
    size = len(daemon.http.get(f"/api/runs/{run_id}/logs/download").content)
    with connect(daemon.address.replace("http", "ws") + "/api/logs/ws", max_size=None) as socket:
        socket.send(json.dumps({"op": "follow", "log": f"run:{run_id}", "from": 0}))
        blocks = []
        while (heard := json.loads(socket.recv(timeout=20)))["type"] == "block":
            blocks.append(heard)
    assert len(blocks) > 2
    assert [block["behind"] for block in blocks[:2]] == [size - block["end"] for block in blocks[:2]]
    assert (blocks[-1]["end"], blocks[-1]["behind"]) == (size, 0)
