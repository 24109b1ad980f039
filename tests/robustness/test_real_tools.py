"""Real tools from the very blocks that the first definitions file offers.

`N8N` names n8n's program, where there is one: n8n itself takes minutes to install.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from backend.config import ROOT
from tests.fakes.daemon import Daemon, alive, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

STARTER = (ROOT / "control-center.example.yaml").read_text(encoding="utf-8")


def block(tool: str, usual_port: int) -> tuple[str, int]:
    """The block of a tool with its marks removed and the tool's usual port replaced by a free one."""
    found = re.search(rf"^  # {tool}:\n(?:  # .*\n)+", STARTER, re.MULTILINE)
    assert found is not None
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    lines = re.sub(r"(?m)^  # ", "  ", found.group())
    return "services:\n" + lines.replace(str(usual_port), str(port)), port


def say(port: int, words: str) -> str:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(f"{words}\r\n".encode())
        return connection.recv(1024).decode()


def test_redis_runs_from_its_block_is_mended_and_stops_clean(daemons: Callable[..., Daemon]) -> None:
    if shutil.which("redis-server") is None:
        missing = "redis-server is not installed"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    text, port = block("redis", 6379)
    daemon = daemons(text)
    started = daemon.http.post("/api/services/redis/start", params={"wait": "healthy"}).json()
    assert daemon.service("redis")["health"] == "healthy"
    assert say(port, "SET told once") == "+OK\r\n"

    daemon.kill()
    daemon.start()
    assert daemon.service("redis")["pid"] == started["pid"]
    assert say(port, "GET told").endswith("once\r\n")

    os.kill(started["pid"], signal.SIGKILL)
    again = wait_for(lambda: (pid := daemon.service("redis")["pid"]) not in {None, started["pid"]} and pid)
    wait_for(lambda: daemon.service("redis")["health"] == "healthy", what="it is well again")
    assert "Ready to accept connections" in daemon.log("redis")

    assert daemon.post("redis", "stop").json()["status"] == "stopped"
    assert not alive(again)
    assert daemon.events("service.stopped", "redis")[-1]["payload"]["exit_code"] == 0
    assert "Redis is now ready to exit, bye bye..." in daemon.log("redis")


@pytest.mark.skipif("N8N" not in os.environ, reason="N8N does not name n8n's program")
@pytest.mark.timeout(300)
def test_n8n_runs_from_its_block_is_restarted_and_stops(daemons: Callable[..., Daemon], tmp_path: Path) -> None:
    program = Path(os.environ["N8N"])
    text, port = block("n8n", 5678)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    daemon = daemons(text, PATH=path, N8N_USER_FOLDER=str(tmp_path))
    wait = {"wait": "healthy", "timeout": "120"}
    daemon.http.timeout = httpx.Timeout(150)
    started = daemon.http.post("/api/services/n8n/start", params=wait).json()
    assert daemon.service("n8n")["health"] == "healthy", daemon.log("n8n")
    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200
    restarted = daemon.http.post("/api/services/n8n/restart", params=wait).json()
    assert restarted["pid"] != started["pid"]
    assert daemon.service("n8n")["health"] == "healthy", daemon.log("n8n")
    members = [one["pid"] for one in daemon.http.get("/api/services/n8n").json()["processes"]]
    assert daemon.http.post("/api/services/n8n/stop", params={"timeout": "30"}).json()["status"] == "stopped"
    assert [pid for pid in members if alive(pid)] == []
