"""A tool that was started elsewhere, found on the port of its service and adopted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.daemon import Daemon, alive, wait_for

TOOL = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
DEFINITIONS = """
services:
  tool:
    command: ['{python}', tool.py, "{port}"]
    port: {port}
    limits: {{memory: 500MB}}
"""


@pytest.fixture
def daemon(tmp_path: Path, free_tcp_port: int) -> Iterator[Daemon]:
    (tmp_path / "tool.py").write_text(TOOL)
    daemon = Daemon(tmp_path, DEFINITIONS.format(python=sys.executable, port=free_tcp_port))
    daemon.start()
    yield daemon
    daemon.close()


@pytest.fixture
def stranger(tmp_path: Path, free_tcp_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The same tool, started by hand."""
    command = [sys.executable, "tool.py", str(free_tcp_port)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def test_it_is_adopted_with_evidence_outlives_the_daemon_and_is_stopped_like_any_other(
    daemon: Daemon, stranger: subprocess.Popen[bytes]
) -> None:
    wait_for(lambda: daemon.http.get("/api/services/tool/port").json()["state"] == "used")
    (owner,) = daemon.http.get("/api/services/tool/port").json()["owners"]
    assert (owner["pid"], owner["adopt"]["possible"]) == (stranger.pid, True)
    named = {"pid": owner["pid"], "started_at": owner["started_at"]}
    answer = daemon.http.post("/api/services/tool/adopt", json=named)
    assert (answer.status_code, answer.json()["pid"]) == (200, stranger.pid), answer.text
    assert {one["limit"] for one in daemon.http.get("/api/services/tool").json()["limits_in_force"]} == {"memory"}
    daemon.kill()
    daemon.start()
    assert daemon.is_("tool", "running")["pid"] == stranger.pid
    assert daemon.post("tool", "stop").status_code == 200
    assert not alive(stranger.pid)
