"""Real children that do what a test needs, and a system area that counts how often it reads."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from backend.core.clock import SystemClock
from backend.services.ports import no_services
from backend.services.system import System
from backend.services.system.readings import Description, ProcessReader, Reading, choose_reader

BUSY = "print('ready', flush=True)\nwhile True: pass"
IDLE = "print('ready', flush=True)\nimport sys; sys.stdin.read()"


class CountedReader:
    """The reader of this system, with a count of its passes and descriptions."""

    def __init__(self) -> None:
        self._reader: ProcessReader = choose_reader()
        self.passes = 0
        self.described: list[int] = []

    def read(self) -> dict[int, Reading]:
        self.passes += 1
        return self._reader.read()

    def pids(self) -> Iterable[int]:
        return self._reader.pids()

    def read_some(self, pids: Iterable[int]) -> dict[int, Reading]:
        return self._reader.read_some(pids)

    def describe(self, reading: Reading) -> Description:
        self.described.append(reading.pid)
        return self._reader.describe(reading)


@pytest.fixture
def counted() -> CountedReader:
    return CountedReader()


@pytest.fixture
def open_system(tmp_path: Path, counted: CountedReader) -> Callable[..., System]:
    def opened(**changes: Any) -> System:
        settings: dict[str, Any] = {
            "data_dir": tmp_path,
            "interval": 2.0,
            "clock": SystemClock(),
            "owner_of": no_services,
            "processes": counted,
        }
        return System(**(settings | changes))

    return opened


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python with a script that prints a line when it is ready, and ends it after the test."""
    children: list[subprocess.Popen[str]] = []

    def started(script: str, *arguments: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline()
        return child

    yield started
    for child in children:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)
