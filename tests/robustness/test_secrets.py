"""Secrets are planted wherever a definition takes a text; then all that the daemon answered or wrote is searched.

The logs of the tools themselves are not: what a tool prints is its own.
"""

from __future__ import annotations

import http.server
import json
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.fakes.daemon import Daemon, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell")

ODD = 'pa"ss\\wörd <&> 100%'
SECRETS = {
    "API_TOKEN": "token-of-the-daemon-7f3a",
    "IN_ENV": "value-of-a-variable-91bc",
    "IN_COMMAND": "argument-of-a-command-55d0",
    "IN_PROGRAM": "no-such-program-c0ffee",
    "IN_FOLDER": "no-such-folder-beef42",
    "IN_URL": "query-of-an-address-1e77",
    "IN_PROBE": "query-of-a-probe-8a8a",
    "IN_STOP": "query-of-a-stop-33e9",
    "IN_WORDS": "words-for-people-40ac",
    "IN_FAULT": "not-a-duration-6d21",
    "IN_EDIT": "not-a-duration-either-77aa",
    "ODD": ODD,
}
FROM_FILE = "line-of-an-env-file-d00d"
EVERY = (*SECRETS.values(), FROM_FILE)
OWN_LOGS = ("plain", "talker", "probed", "stubborn")

SERVICES = """
services:
  plain:
    command: [sleep, "600"]
    env_file: keys.env
    env: {KEY: "${env:IN_ENV}"}
    name: "Plain ${env:IN_WORDS}"
    description: "about ${env:IN_WORDS}"
    tags: ["${env:IN_WORDS}"]
    url: "http://127.0.0.1:1/?key=${env:IN_URL}"
  talker:
    command: [sh, -c, 'echo "$1 $ODD"; exit 3', sh, "${env:IN_COMMAND}"]
    env: {ODD: "${env:ODD}"}
    restart: {when: on-failure, max_restarts: 1}
  missing-program: {command: ["${env:IN_PROGRAM}", "--token=${env:IN_COMMAND}"]}
  missing-folder: {command: [sleep, "600"], cwd: "${env:IN_FOLDER}"}
  probed:
    command: [sh, -c, 'sleep 600; exit', "${env:ODD}"]
    health: {http: "http://127.0.0.1:PORT/unwell?key=${env:IN_PROBE}", interval: 0.2s, failures: 1, restart: false}
  stubborn:
    command: [sh, -c, 'trap "" TERM; while :; do sleep 0.1; done', sh, "${env:IN_COMMAND}"]
    stop: {http: "http://127.0.0.1:PORT/stop?key=${env:IN_STOP}", timeout: 1s}
"""
LIVE = ("/api/services/ws", "/api/events/ws?since=0", "/api/system/ws")


class Unwell(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 500)
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unwell) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def daemon(tmp_path: Path, port: int) -> Iterator[Daemon]:
    (tmp_path / "keys.env").write_text(f"FILED={FROM_FILE}\n", encoding="utf-8")
    made = Daemon(tmp_path, SERVICES.replace("PORT", str(port)), DEBUG="true", **SECRETS)
    made.http.headers["Authorization"] = f"Bearer {SECRETS['API_TOKEN']}"
    try:
        made.start()
        yield made
    finally:
        made.close()


def leaks(where: str, content: bytes) -> list[str]:
    """Each secret that stands in the content, as it is or escaped."""
    found = []
    for secret in EVERY:
        forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret)}
        forms |= {repr(secret)[1:-1], quote(secret, safe="")}
        found += [f"{secret!r} in {where}" for form in forms if form.encode() in content][:1]
    return found


def answers(daemon: Daemon) -> Iterator[tuple[str, bytes]]:
    """Of every GET route of the document, for every service, but the logs of tools and what never ends."""
    document = daemon.http.get("/openapi.json")
    yield "the document", document.content
    services = [one["id"] for one in daemon.http.get("/api/services").json()["services"]]
    for path, operations in document.json()["paths"].items():
        if "get" not in operations or "/logs" in path:
            continue
        for service in services if "{service_id}" in path else [""]:
            filled = path.replace("{service_id}", service).replace("{port}", "8080")
            if "{" not in filled:
                limit = {"limit": "1000"} if path.startswith(("/api/events", "/api/system/processes")) else {}
                yield filled, daemon.http.get(filled, params=limit).content


def said_live(daemon: Daemon, path: str) -> bytes:
    """What a WebSocket says within a moment."""
    said = []
    with connect(
        daemon.address.replace("http", "ws") + path,
        additional_headers={"Authorization": f"Bearer {SECRETS['API_TOKEN']}"},
        proxy=None,
    ) as websocket:
        try:
            while True:
                said.append(str(websocket.recv(timeout=0.5)))
        except (TimeoutError, ConnectionClosed):
            return "\n".join(said).encode()


def files(daemon: Daemon) -> Iterator[tuple[str, bytes]]:
    own = {f"{service}.log" for service in OWN_LOGS}
    for path in daemon.data_dir.rglob("*"):
        if path.is_file() and path.name not in own:
            yield str(path.relative_to(daemon.data_dir)), path.read_bytes()
    yield daemon.output.name, daemon.output.read_bytes()


def rows(daemon: Daemon) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(daemon.data_dir / "control-center.db")) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f"SELECT * FROM {table}"):
                yield f"table {table}", repr(row).encode()


def live_through_everything(daemon: Daemon) -> Iterator[tuple[str, bytes]]:
    """Starts that work and that fail, ends, bad health, stops that take force, a bad file; each with its answer."""

    def post(service: str, action: str) -> tuple[str, bytes]:
        answer = daemon.post(service, action)
        return f"POST {service}/{action}", answer.content

    for service in ("plain", "talker", "missing-program", "missing-folder", "probed", "stubborn"):
        yield post(service, "start")
    daemon.is_("talker", "failed")
    wait_for(lambda: daemon.http.get("/api/services/talker").json()["last_exit"]["last_lines"], what="its last lines")
    wait_for(lambda: daemon.service("probed")["health"] == "unhealthy", what="bad health is seen")
    yield post("stubborn", "stop")
    yield post("plain", "start")
    yield post("plain", "restart")
    text = daemon.config.read_text(encoding="utf-8")
    faulty = text.replace("    env_file: keys.env\n", '    env_file: keys.env\n    start_seconds: "${env:IN_FAULT}"\n')
    daemon.config.write_text(faulty, encoding="utf-8")
    wait_for(lambda: daemon.http.get("/api/config").json()["state"] == "faulty", what="the fault is seen")
    for path, body in (
        ("/api/config/plan", {"text": faulty}),
        ("/api/services?dry_run=true", {"text": text.replace("plain:", "plainer:")}),
        ("/api/services", {"text": 'new: {command: [sleep, "1"], start_seconds: "${env:IN_EDIT}"}'}),
    ):
        answer = daemon.http.post(path, json=body)
        yield f"POST {path} {answer.status_code}", answer.content


def test_no_secret_leaves_the_daemon(daemon: Daemon) -> None:
    found: list[str] = []
    for where, content in live_through_everything(daemon):
        found += leaks(where, content)
    daemon.kill()
    daemon.start()
    daemon.is_("plain", "running")
    seen: dict[str, Any] = {}
    for where, content in (*answers(daemon), *((path, said_live(daemon, path)) for path in LIVE)):
        seen[where] = content
        found += leaks(where, content)
    assert b"\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2" in seen["/api/system/processes"], "command lines are shown, masked"
    assert b"service.failed" in seen["/api/events/ws?since=0"]
    daemon.stop()
    for where, content in (*files(daemon), *rows(daemon)):
        found += leaks(where, content)
    assert not found, "\n".join(found)
