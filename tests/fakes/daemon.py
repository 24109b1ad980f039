"""A real daemon in a process of its own, on a data folder of its own, for tests that use it as a person would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import httpx
import psutil

from backend.config import ROOT, Settings
from keeper.posix_table import native_table
from keeper.protocol import folder_hash, read_claim
from tests.fakes.forked import Forge, Forked

START_LIMIT = 90.0
MEASURED = "COVERAGE_PROCESS_CONFIG" in os.environ  # what a killed process ran is counted nowhere


def wait_for(condition: Callable[[], Any], seconds: float = 40.0, what: str = "") -> Any:
    """The first true value of `condition`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        time.sleep(0.01)


class Daemon:
    """`start`, `kill` and `stop` as often as a test likes; `close` leaves nothing behind."""

    forge: ClassVar[Forge | None] = None  # starts it sooner

    def __init__(self, folder: Path, definitions: str, **settings: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.config = folder / "control-center.yaml"
        self.config.write_text(definitions, encoding="utf-8")
        self.settings = settings
        self.port = "0"  # any at first; then the same again, so that clients find it after a restart
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.output = folder / "daemon.txt"
        self.wrapper: tuple[str, ...] = ()  # what the daemon is started by

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if k.lower() not in Settings.model_fields}
        arguments = [
            "--config",
            str(self.config),
            "--data-dir",
            str(self.data_dir),
            "--port",
            self.port,
            "--no-browser",
        ]
        if self.forge is not None and not self.wrapper:
            self.process = self.forge.start(arguments, {**environment, **self.settings}, self.output)
        else:
            with self.output.open("ab") as output:
                self.process = subprocess.Popen(
                    [*self.wrapper, sys.executable, "-m", "backend", *arguments],
                    cwd=ROOT, env={**environment, **self.settings},
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                )  # fmt: skip
        pid = self.process.pid
        wait_for(lambda: self._ready(pid), START_LIMIT, "the daemon is ready")

    def _ready(self, pid: int) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.output.read_text(errors="replace")
        words = read_claim(self.seen(self.data_dir / "daemon.lock"))
        if words.get("pid") != pid:
            return False
        self.http.base_url = httpx.URL(words["address"])
        self.port = str(self.http.base_url.port)
        try:
            return self.http.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def seen(self, path: Path) -> Path:
        """Where a path of the daemon's lies for us."""
        return path

    @property
    def address(self) -> str:
        return str(self.http.base_url).rstrip("/")

    @property
    def keeper_pid(self) -> int:
        return int(read_claim(self.seen(self.data_dir / "keeper.lock"))["pid"])

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """In good order; the seconds that it took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        return time.monotonic() - begun

    def service(self, service: str) -> dict[str, Any]:
        answer = self.http.get(f"/api/services/{service}/status")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def post(self, service: str, action: str, **query: Any) -> httpx.Response:
        return self.http.post(f"/api/services/{service}/{action}", params=query)

    def is_(self, service: str, status: str, seconds: float = 40.0) -> dict[str, Any]:
        def seen() -> dict[str, Any] | None:
            view = self.service(service)
            return view if view["status"] == status else None

        found: dict[str, Any] = wait_for(seen, seconds, f"{service} is {status}")
        return found

    def events(self, type_: str, subject: str | None = None) -> list[dict[str, Any]]:
        """Oldest first."""
        query = {"type": type_, "limit": "1000"} | ({"subject": subject} if subject else {})
        return list(reversed(self.http.get("/api/events", params=query).json()["events"]))

    def log(self, service: str) -> str:
        answer = self.http.get(f"/api/services/{service}/logs", params={"lines": 10000})
        assert answer.status_code == 200, answer.text
        return "\n".join(answer.json()["logs"])

    def close(self) -> None:
        self.http.close()
        if self.process is not None and self.process.poll() is None:
            if MEASURED:
                self.process.send_signal(signal.SIGINT)
            else:
                self.process.kill()
            self.process.wait()
        self._end_keeper()

    def _end_keeper(self) -> None:
        """By its own means first, so that it leaves nothing behind; a test may have broken it."""
        words = read_claim(self.seen(self.data_dir / "keeper.lock"))
        try:
            keeper = psutil.Process(words["pid"])
            members = keeper.children(recursive=True)
            if sys.platform != "win32":
                keeper.send_signal(signal.SIGTERM)
                keeper.wait(15)
            keeper.kill()
            for member in members:
                member.kill()
        except (KeyError, psutil.NoSuchProcess):
            pass
        if sys.platform != "win32":
            self._end_survivors()

    def _end_survivors(self) -> None:
        """Tools of a keeper that a test broke, by its mark: what only looks like them belongs to another test."""
        prefix = folder_hash(self.data_dir) + "."
        for pid, tree in native_table().marks(psutil.pids()).items():
            if tree.startswith(prefix):
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(pid).kill()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
