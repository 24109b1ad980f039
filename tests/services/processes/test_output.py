"""What real tools print, as it comes through the API: whatever its encoding, its lines and what happens meanwhile."""

from __future__ import annotations

import base64
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.fakes.daemon import Daemon, wait_for

PRINT = "import base64,sys; sys.stdout.buffer.write(base64.b64decode(sys.argv[1]))"
OUTPUTS: dict[str, tuple[bytes, str, list[str]]] = {
    "plain": (b"one\ntwo\n", "utf-8", ["one", "two"]),
    "broken": (b"caf\xe9 \xf0\x9f\x98\n\xed\xa0\x80\n\xe2\x82\xac ok\n", "utf-8", ["caf� �", "���", "€ ok"]),
    "windows": ("Größe – “ok”\r\nzwei\r\n".encode("cp1252"), "cp1252", ["Größe – “ok”", "zwei"]),
    "wide": ("Größe Ċ ਊ 😀\r\nzwei\r\n".encode("utf-16"), "utf-16", ["Größe Ċ ਊ 😀", "zwei"]),
    "japanese": ("ソフト 表示\n終\n".encode("shift_jis"), "shift_jis", ["ソフト 表示", "終"]),
    "colours": (b"\x1b[1;31mred\x1b[0m \x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\\n", "utf-8", []),
    "nul": (b"a\x00b\x00\n\x00\nend\n", "utf-8", ["a\x00b\x00", "\x00", "end"]),
    "bars": (b"10%\r20%\r100%\ndone\n", "utf-8", ["10%\r20%\r100%", "done"]),
    "endless": (b"no end", "utf-8", ["no end"]),
}
BIG = "import sys; [sys.stdout.write(str(n) * 1_048_576 + '\\n') for n in range(6)]"
COUNTER = """
import sys, time
for n in range(int(sys.argv[1])):
    sys.stdout.write(f'line {n:07d}\\n')
    if n % 500 == 499:
        sys.stdout.flush()
        time.sleep(float(sys.argv[2]))
"""
TICKER = "import os, time\nfor n in range(10**7): os.write(1, b'tick %d\\n' % n); time.sleep(0.01)"


def service(name: str, *command: str, **log: Any) -> str:
    return f"  {name}: {{command: {json.dumps([sys.executable, *command])}, restart: never, log: {json.dumps(log)}}}\n"


def definitions() -> str:
    outputs = "".join(
        service(name, "-c", PRINT, base64.b64encode(data).decode(), encoding=encoding)
        for name, (data, encoding, _) in OUTPUTS.items()
    )
    return (
        f"services:\n{outputs}"
        + service("big", "-c", BIG, max_size="2MB")
        + service("packed", "-c", COUNTER, "30000", "0.02", max_size="50KB", keep=50, compress=True)
        + service("fast", "-c", COUNTER, "400000", "0", max_size="1MB", keep=50)
        + service("ticker", "-c", TICKER)
        + service("nowhere", "-c", "print('gone')")
    )


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("output"), definitions())
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def socket(daemon: Daemon) -> Iterator[ClientConnection]:
    with connect(daemon.address.replace("http", "ws") + "/api/logs/ws", max_size=None) as socket:
        yield socket


def follow(socket: ClientConnection, name: str, start: int = 0) -> None:
    socket.send(json.dumps({"op": "follow", "log": f"service:{name}", "from": start}))


def heard(socket: ClientConnection, upto: int, at: int = 0) -> str:
    """All text from offset `at` until `upto`; every block begins where the one before ended."""
    text = ""
    while at < upto:
        block = json.loads(socket.recv(timeout=20))
        assert (block["type"], block["start"]) == ("block", at)
        text, at = text + block["text"], block["end"]
    return text


def live(daemon: Daemon, name: str) -> Path:
    return daemon.data_dir / "logs" / f"{name}.log"


def stream(daemon: Daemon, name: str, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with daemon.http.stream("GET", f"/api/services/{name}/logs/stream", params={"lines": 10000}) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if len(found) == most:
                    break
    return found


@pytest.mark.parametrize("name", OUTPUTS)
def test_bytes_stay_as_they_are_and_lines_are_text(daemon: Daemon, socket: ClientConnection, name: str) -> None:
    data, encoding, lines = OUTPUTS[name]
    daemon.post(name, "start")
    daemon.is_(name, "exited")
    assert daemon.http.get(f"/api/services/{name}/logs/download").content == data
    shown = daemon.http.get(f"/api/services/{name}/logs").json()
    lines = lines or data.decode().splitlines()
    assert (shown["logs"], shown["next_offset"]) == (lines, len(data))
    follow(socket, name)
    text = heard(socket, len(data))
    assert text.replace("\r\n", "\n").removesuffix("\n").split("\n") == lines
    if data.endswith(("\n".encode(encoding)[-1:], b"\n")):
        assert [one["message"] for one in stream(daemon, name, len(lines))] == lines


def test_lines_of_a_megabyte_come_whole_everywhere(daemon: Daemon, socket: ClientConnection) -> None:
    daemon.post("big", "start")
    daemon.is_("big", "exited")
    lines = [str(n) * 1_048_576 for n in range(6)]
    assert daemon.http.get("/api/services/big/logs", params={"lines": 2}).json()["logs"] == lines[-2:]
    follow(socket, "big")
    assert heard(socket, 6 * 1_048_577).splitlines() == lines
    assert [one["message"] for one in stream(daemon, "big", 6)] == lines


def test_a_follower_misses_nothing_while_segments_are_sealed_and_compressed_and_the_daemon_is_killed(
    daemon: Daemon,
) -> None:
    daemon.post("packed", "start")
    text, killed = "", False
    while len(text) < 30_000 * 13:
        with connect(daemon.address.replace("http", "ws") + "/api/logs/ws") as socket:
            follow(socket, "packed", len(text))
            upto = 30_000 * 13 if killed else 10_000 * 13
            text += heard(socket, upto, len(text))
        if not killed:
            killed = True
            daemon.kill()
            daemon.start()
    assert text == "".join(f"line {n:07d}\n" for n in range(30_000))
    folder = live(daemon, "packed").parent
    wait_for(lambda: len(list(folder.glob("packed.*.log.gz"))) == 7, what="sealed segments are compressed")
    assert daemon.http.get("/api/services/packed/logs/download").text == text
    with connect(daemon.address.replace("http", "ws") + "/api/logs/ws") as socket:
        follow(socket, "packed")
        assert heard(socket, len(text)) == text
    page = daemon.http.get("/api/services/packed/logs", params={"lines": 2, "before": 26_000}).json()
    assert page["logs"] == ["line 0001998", "line 0001999"]


def test_a_client_that_does_not_read_for_a_while_gets_everything_and_holds_up_nobody(
    daemon: Daemon, socket: ClientConnection
) -> None:
    follow(socket, "fast")
    daemon.post("fast", "start")
    daemon.is_("fast", "exited", 40)
    assert heard(socket, 400_000 * 13) == "".join(f"line {n:07d}\n" for n in range(400_000))


def test_a_log_folder_that_is_deleted_is_a_gap_and_an_event(
    daemon: Daemon, socket: ClientConnection, tmp_path: Path
) -> None:
    daemon.post("ticker", "start")
    pid = daemon.is_("ticker", "running")["pid"]
    wait_for(lambda: "tick 20" in daemon.log("ticker"))
    follow(socket, "ticker")
    stretches = [heard(socket, 100)]
    at = len(stretches[0])
    folder = live(daemon, "ticker").parent.rename(tmp_path / "deleted")  # at once: it is made again within a moment
    shutil.rmtree(folder)
    deleted = wait_for(lambda: daemon.events("service.log_lost", "ticker"))[0]["payload"]
    assert (deleted["path"], deleted["why"]) == (str(live(daemon, "ticker")), "deleted or moved")
    while at < deleted["at"] + 500:
        message = json.loads(socket.recv(timeout=10))
        assert message["start"] == at
        at = message["end"]
        if message["type"] == "gap":
            stretches.append("cut ")
        else:
            stretches[-1] += message["text"]
    whole = [line for one in stretches for line in one.split("\n")[:-1] if line.startswith("tick ")]
    numbers = [int(line.removeprefix("tick ")) for line in whole]
    assert numbers[0] == 0
    assert len(set(numbers)) == len(numbers), "no line twice"
    assert numbers == sorted(numbers)
    view = daemon.service("ticker")
    assert (view["pid"], view["status"]) == (pid, "running")
    assert daemon.http.get("/api/services/ticker/logs").json()["start_offset"] >= deleted["at"]
    daemon.post("ticker", "stop")


def test_a_disk_that_takes_nothing_is_an_event(daemon: Daemon) -> None:
    live(daemon, "nowhere").symlink_to("/dev/full")
    daemon.post("nowhere", "start")
    daemon.is_("nowhere", "exited")
    told = wait_for(lambda: daemon.events("service.log_refused", "nowhere"))[0]["payload"]
    assert told == {"path": str(live(daemon, "nowhere")), "why": "No space left on device", "at": 0}
