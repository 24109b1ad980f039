"""Output on POSIX: nothing is lost at full speed, pipes grow when they fill, and rests follow how full they get."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("pipes of POSIX", allow_module_level=True)

import fcntl

from keeper.logs import LogWriter
from keeper.posix_output import PIPE_SIZE, Outputs


class Tool:
    """The writing end of a pipe whose output goes into a log."""

    def __init__(self, folder: Path, *, splice: bool = True) -> None:
        self.outputs = Outputs(splice=splice)
        read, self.write = self.outputs.open_pipe()
        self.log = LogWriter(folder / "tool.log", 100_000, 200)
        self.outputs.add("tool", read, self.log)

    def rest(self) -> float:
        return self.outputs._rest

    def whole(self) -> bytes:
        folder = self.log.live.parent
        return b"".join(path.read_bytes() for path in (*sorted(folder.glob("tool.0*.log")), self.log.live))

    def close(self) -> None:
        self.outputs.close()
        self.log.close()


@pytest.fixture(params=[True, False], ids=["splice", "copy"])
def tool(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Tool]:
    if request.param and not hasattr(os, "splice"):
        pytest.skip("Linux only")
    tool = Tool(tmp_path, splice=request.param)
    yield tool
    tool.close()


def test_a_flood_comes_whole_and_the_end_of_the_pipe_is_seen(tool: Tool) -> None:
    data = b"".join(b"%09d\n" % number for number in range(500_000))

    def flood() -> None:
        for at in range(0, len(data), 70_000):
            rest = memoryview(data)[at : at + 70_000]
            while rest:
                rest = rest[os.write(tool.write, rest) :]
        os.close(tool.write)

    writer = threading.Thread(target=flood)
    writer.start()
    while tool.outputs.selector.get_map():
        tool.outputs.selector.select(1)
        tool.outputs.move_ready()
    writer.join()
    assert tool.log.end == len(data)
    assert tool.whole() == data


def test_a_pipe_that_fills_grows_and_one_that_does_not_stays(tool: Tool) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells and sets the size of a pipe")
    usual = fcntl.fcntl(tool.write, fcntl.F_GETPIPE_SZ)
    os.write(tool.write, b"x" * 1000)
    tool.outputs.move_ready()
    assert fcntl.fcntl(tool.write, fcntl.F_GETPIPE_SZ) == usual
    os.write(tool.write, b"x" * (usual * 3 // 4))
    tool.outputs.move_ready()
    assert fcntl.fcntl(tool.write, fcntl.F_GETPIPE_SZ) == PIPE_SIZE
    assert tool.log.end == 1000 + usual * 3 // 4


def test_rests_grow_while_pipes_stay_empty_and_shrink_when_they_fill(tool: Tool) -> None:
    rests = []
    for _ in range(5):
        os.write(tool.write, b"line\n")
        tool.outputs.move_ready()
        rests.append(tool.rest())
    assert rests == [0.004, 0.008, 0.016, 0.016, 0.016]
    size = fcntl.fcntl(tool.write, fcntl.F_GETPIPE_SZ) if sys.platform == "linux" else 65_536
    os.write(tool.write, b"x" * (size * 3 // 4))
    tool.outputs.move_ready()
    assert tool.rest() == 0.008


def test_somebody_who_follows_never_waits_longer_than_the_first_rest(tool: Tool) -> None:
    for _ in range(5):
        os.write(tool.write, b"line\n")
        tool.outputs.move_ready()
    tool.outputs.followed = True
    os.write(tool.write, b"line\n")
    tool.outputs.move_ready()
    assert tool.rest() == 0.002
