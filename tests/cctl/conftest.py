"""`cctl` as a person runs it: a process of its own, into a pipe or at a terminal, against a real daemon."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.config import ROOT, Settings
from tests.fakes.daemon import Daemon

CCTL = (sys.executable, "-I", "-S", str(ROOT / "cctl"))
Ended = subprocess.CompletedProcess[str]

DEFINITIONS = """services:
  ticker:
    name: Ticker
    command: ["${center:python}", -u, -c,
      "import os, time\\nfor n in range(10**9): os.write(1, b'tick %d\\\\n' % n); time.sleep(0.05)"]
    tags: [demo]
  broken: {command: [no-such-program], restart: never}
  base:
    command: ["${center:python}", -u, -c, "print('base is up'); import time; time.sleep(1000)"]
    tags: [pair]
  upper:
    command: [sleep, "1000"]
    depends_on: {base: {condition: started}}
    tags: [pair]
"""


def environment(**given: str) -> dict[str, str]:
    """Without settings of whoever runs the tests."""
    own = {*Settings.model_fields, "columns", "no_color", "cctl_start", "term"}
    return {name: value for name, value in os.environ.items() if name.lower() not in own} | given


def call(data_dir: Path, *arguments: str, stdin: str | None = None, **given: str) -> Ended:
    """Into pipes."""
    return subprocess.run(
        [*CCTL, "--data-dir", str(data_dir), *arguments], env=environment(**given), cwd=data_dir.parent, input=stdin,
        capture_output=True, encoding="utf-8", timeout=150, check=False,
    )  # fmt: skip


@contextmanager
def going(data_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """One that goes on; end it with `interrupt`."""
    with subprocess.Popen(
        [*CCTL, "--data-dir", str(data_dir), *arguments], env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", bufsize=1,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Ctrl+C; exit code and what was not read yet. (`communicate` forgets what a `readline` has read ahead.)"""
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert process.stderr is not None
    code = process.wait(60)  # first: what goes on is read without end
    return code, process.stdout.read(), process.stderr.read()


def read_lines(process: subprocess.Popen[str], count: int = 1) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def at_terminal(data_dir: Path, *arguments: str, columns: int, **given: str) -> tuple[int, str]:
    """Exit code and what appears."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [*CCTL, "--data-dir", str(data_dir), *arguments], env=environment(TERM="xterm-256color", **given),
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # how Linux says that the other side has closed
        pass
    os.close(ours)
    return process.wait(20), shown.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@contextmanager
def started(folder: Path) -> Iterator[Daemon]:
    """With services that are of use to tests."""
    made = Daemon(folder, DEFINITIONS)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One for all files: tests bring its services up, and leave `upper` down and the definitions alone."""
    with started(tmp_path_factory.mktemp("cctl")) as made:
        yield made


def until_up(daemon: Daemon, *services: str) -> None:
    for service in services:
        if daemon.service(service)["pid"] is None:
            daemon.post(service, "start")
        daemon.is_(service, "running")
