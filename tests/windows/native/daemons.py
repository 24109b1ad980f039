"""Whole daemons on Windows, and the folders on which these are started one after the other."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

from keeper.protocol import read_claim

PROJECT = Path(__file__).resolve().parents[3]
Definitions = dict[str, dict[str, Any]]
T = TypeVar("T")


class Daemon:
    def __init__(self, folder: Path, port: int, flags: int, python: str) -> None:
        self.data = folder / "data"
        self.port = port
        self.process = subprocess.Popen(
            [
                *(python, "-m", "backend", "--no-browser", "--port", str(port), "--data-dir", str(self.data)),
                *("--config", str(folder / "control-center.yaml")),
            ],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            creationflags=flags,
            text=True,
        )

    def until_ready(self) -> Daemon:
        deadline, why = time.monotonic() + 90, ""  # other tests keep the machine busy
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                self.get("/health")
            except OSError as error:
                why = repr(error)
            else:
                return self
            time.sleep(0.05)
        raise AssertionError(f"the daemon does not answer ({why}): {self.said()}")

    def said(self) -> str:
        """All that it wrote; waits for its end."""
        if self.process.poll() is None:
            self.process.kill()
        return self.process.communicate(timeout=60)[0]

    def get(self, path: str) -> Any:
        return json.loads(self.ask("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        return json.loads(self.ask("POST", path, body))

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """Raises `HTTPError` where it refuses."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    def pid_of(self, service: str) -> int | None:
        pid: int | None = self.get(f"/api/services/{service}")["pid"]
        return pid

    def ended(self, code: int) -> None:
        output, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == code, output
        assert "Control Center has stopped." in output


def no_longer(pid: int | None, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while pid is not None and psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return pid is not None and not psutil.pid_exists(pid)


def eventually(look: Callable[[], T], seconds: float = 240) -> T:
    """What it gives once that is something; what it gave last, after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return seen


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Place:
    """A folder on which daemons are started one after the other."""

    def __init__(
        self, folder: Path, services: Definitions, modules: Definitions | None = None, **sections: Any
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._port = free_port()
        (folder / "well.cmd").write_bytes(b'@if "%~1"=="yes" exit /b 0\r\n@exit /b 1\r\n')
        definitions = {"services": services, "modules": modules or {}, **sections}
        (folder / "control-center.yaml").write_text(json.dumps(definitions), encoding="utf-8")
        self.daemons: list[Daemon] = []

    def daemon(self, flags: int = 0, python: str = sys.executable) -> Daemon:
        self.daemons.append(Daemon(self.folder, self._port, flags, python))
        return self.daemons[-1]

    @property
    def keeper(self) -> int | None:
        pid: int | None = read_claim(self.data / "keeper.lock").get("pid")
        return pid

    def clear(self) -> None:
        for daemon in self.daemons:
            daemon.said()
        if (keeper := self.keeper) is not None:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(keeper).kill()
