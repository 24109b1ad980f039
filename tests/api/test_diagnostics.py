"""The diagnosis over HTTP and by `quick_check.py`, of a daemon that runs with a service that listens."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from backend.config import ROOT
from tests.fakes.daemon import Daemon, wait_for

CHILD_LISTENS = """
import subprocess, sys
subprocess.run([sys.executable, "-m", "http.server", sys.argv[1], "--bind", "127.0.0.1"])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_of(daemon: Daemon) -> str:
    return daemon.address.rsplit(":", 1)[1]


def serving(daemons: Callable[..., Daemon], port: int) -> Daemon:
    """A daemon with the service `web`, whose child has the declared port."""
    command = [sys.executable, "-c", CHILD_LISTENS, str(port)]
    daemon = daemons(json.dumps({"services": {"web": {"command": command, "port": port}}}))
    daemon.post("web", "start").raise_for_status()
    wait_for(lambda: daemon.http.get(f"/api/system/ports/{port}").json()["state"] == "used", what="the port is served")
    return daemon


def quick_check(daemon: Daemon, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {"DATA_DIR": str(daemon.data_dir), "CONFIG_FILE": str(daemon.config), "PORT": port_of(daemon)}
    return subprocess.run(
        [sys.executable, "quick_check.py", *arguments], cwd=ROOT, env=os.environ | settings | {"PYTHONUTF8": "1"},
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def test_the_daemon_tells_each_check_with_what_why_and_fix(daemons: Callable[..., Daemon]) -> None:
    port = free_port()
    daemon = serving(daemons, port)
    found: dict[str, Any] = daemon.http.get("/api/diagnostics").json()
    checks = {check["id"]: check for check in found["checks"]}
    assert all(set(check) == {"id", "title", "status", "what", "why", "fix"} for check in checks.values())
    assert checks["ports.web"]["what"] == f"{port} is used by web itself"
    assert checks["keeper"]["what"].startswith("answers (pid ")
    unfit = [check for check in checks.values() if check["status"] != "ok"]
    assert found["ok"] is (unfit == [])
    assert {check["id"] for check in unfit} <= {"dashboard"}


def test_quick_check_beside_a_daemon_knows_whose_ports_they_are(daemons: Callable[..., Daemon]) -> None:
    port = free_port()
    daemon = serving(daemons, port)
    shown = quick_check(daemon).stdout
    assert f"{port} is used by web itself" in shown
    assert f"{port_of(daemon)} is used by Control Center itself" in shown


def test_quick_check_live_asks_the_daemon_of_this_data_folder(daemons: Callable[..., Daemon]) -> None:
    daemon = serving(daemons, free_port())
    ended = quick_check(daemon, "--live")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"Asking {daemon.address}" in ended.stdout
    assert "/api/services/web/logs?lines=5" in ended.stdout
    assert "15 of 15 addresses answered well" in ended.stdout
