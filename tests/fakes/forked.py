"""Daemons that begin in no time, for tests that start one hundreds of times.

Most of a daemon's start is importing. A parent process imports once and is forked for each start: the daemon is a
process of its own in every respect, with the same code and its own arguments, environment and session.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from backend.config import ROOT

PARENT = """
import json, os, select, sys
sys.path.insert(0, sys.argv[1])
import backend.__main__, backend.api.application, backend.app, backend.logbook, backend.serving

def become(order):
    os.setsid()
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(source, number)
    os.environ.clear()
    os.environ.update(order["environment"])
    try:
        os._exit(backend.__main__.main(order["arguments"]))
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        os._exit(70)

said = b""
while True:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    if select.select([0], [], [], 0.01)[0]:
        piece = os.read(0, 1 << 16)
        if not piece:
            break
        said += piece
        while b"\\n" in said:
            line, said = said.split(b"\\n", 1)
            pid = os.fork()
            if pid == 0:
                become(json.loads(line))
            os.write(1, b"%d\\n" % pid)
"""


class Forked:
    """What tests use of a `Popen`, for a process that another one has forked and waits for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process = psutil.Process(pid)

    def poll(self) -> int | None:
        """0 once it has ended, however it did, and was waited for: a zombie may have threads that still hold files."""
        return None if self._process.is_running() else 0

    def wait(self, timeout: float = 60) -> int:
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("daemon", timeout)
            time.sleep(0.005)
        return 0

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forge:
    """The parent, which is there from the first start on."""

    def __init__(self) -> None:
        self._parent: subprocess.Popen[bytes] | None = None

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], output: Path) -> Forked:
        order = {"arguments": list(arguments), "environment": dict(environment), "output": str(output)}
        if self._parent is None:
            self._parent = subprocess.Popen(
                [sys.executable, "-c", PARENT, str(ROOT)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        os.write(self._parent.stdin.fileno(), json.dumps(order).encode() + b"\n")
        return Forked(int(self._parent.stdout.readline()))

    def close(self) -> None:
        if self._parent is not None:
            self._parent.communicate()
