"""Patterns in logs as the keeper writes them: each line counts once, also those of before and the last words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.core.clock import SystemClock
from backend.services.alerts import log_watch
from backend.services.alerts.log_watch import BLOCK, LogWatch, Sought
from backend.services.alerts.model import LogSays
from tests.database.waiting import until
from tests.services.processes.test_follow import Tool


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    return Tool(tmp_path / "tool.log", max_size=10_000_000)


class Watched:
    """A watch on a tool's log for patterns, each up to `most` times."""

    def __init__(self, tool: Tool, *patterns: str, most: int = 1000) -> None:
        self.tool = tool
        self.lives = True
        self.calls = 0
        conditions = {pattern: LogSays(pattern, "tool", 60, most) for pattern in patterns}
        self.watch = LogWatch(
            tool.log,
            {pattern: Sought(condition) for pattern, condition in conditions.items()},
            growth=tool.growth,
            clock=SystemClock(),
            lives=lambda: self.lives,
            found=self._found,
        )

    def _found(self) -> None:
        self.calls += 1

    def ends(self) -> None:
        self.lives = False
        self.watch.stir()

    def count(self, pattern: str) -> int:
        return self.watch.sought[pattern].within(SystemClock().now().timestamp())

    def line(self, pattern: str) -> str:
        return self.watch.sought[pattern].line

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self.watch.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert not self.tool.growth.watched(str(self.tool.log.live))


def found(watched: Watched, pattern: str, count: int) -> Callable[[], bool]:
    return lambda: watched.count(pattern) == count


async def test_what_stood_there_before_counts_and_news_is_added(tool: Tool) -> None:
    tool.prints(b"OOM 1\nfine\nOOM 2\n")
    watched = Watched(tool, "OOM")
    async with watched.running():
        await until(found(watched, "OOM", 2))
        tool.prints(b"fine\nOOM 3\n")
        await until(found(watched, "OOM", 3))
    assert watched.line("OOM") == "OOM 3"


def test_lines_of_tomorrow_count_from_now_on_and_no_longer_than_others() -> None:
    """The clock was set back after them."""
    sought = Sought(LogSays("OOM", "tool", 60, 3))
    sought.times.extend((1000.0, 9e9, 9e9))
    assert [sought.within(now) for now in (1001.0, 1060.5, 1061.5)] == [3, 2, 0]


async def test_it_is_said_when_all_of_before_has_been_read(tool: Tool) -> None:
    tool.prints(b"fine\n")
    watched = Watched(tool, "OOM")
    assert not watched.watch.caught_up
    async with watched.running():
        await until(lambda: watched.watch.caught_up)
    assert watched.calls == 1


async def test_a_line_counts_when_it_is_whole(tool: Tool) -> None:
    watched = Watched(tool, "^OOM in .* end$")
    async with watched.running():
        await until(lambda: watched.watch.caught_up)
        tool.prints(b"OOM in ")
        await until(lambda: tool.asked.count((str(tool.log.live), True)) > 1)  # it was looked at, and waits
        tool.prints(b"the end\n")
        await until(found(watched, "^OOM in .* end$", 1))


async def test_last_words_without_an_end_count_too(tool: Tool) -> None:
    watched = Watched(tool, "OOM")
    async with watched.running():
        await until(lambda: watched.watch.caught_up)
        tool.prints(b"fine\nOOM")
        watched.ends()
        await until(found(watched, "OOM", 1))


async def test_much_is_read_without_a_rest(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a rest between blocks that would never end, all blocks are there."""
    monkeypatch.setattr(log_watch, "PAUSE", 3600.0)
    tool.prints((b"x" * 99 + b"\n") * (5 * BLOCK // 100) + b"OOM\n")
    watched = Watched(tool, "OOM", "x{5}z")
    async with watched.running():
        await until(found(watched, "OOM", 1))
    assert watched.count("x{5}z") == 0


async def test_each_of_several_patterns_has_its_lines(tool: Tool) -> None:
    watched = Watched(tool, "(?i)oom", "^disk", "never")
    async with watched.running():
        await until(lambda: watched.watch.caught_up)
        tool.prints(b"fine\n")
        tool.prints(b"Oom\ndisk full\nno disk\n")
        await until(found(watched, "^disk", 1))
    assert (watched.count("(?i)oom"), watched.count("never")) == (1, 0)


async def test_no_more_lines_are_kept_than_are_counted(tool: Tool) -> None:
    watched = Watched(tool, "OOM", most=3)
    tool.prints(b"OOM\n" * 100)
    async with watched.running():
        await until(lambda: watched.watch.caught_up)
    assert watched.count("OOM") == 3


async def test_what_is_told_of_a_line_is_short_and_plain(tool: Tool) -> None:
    watched = Watched(tool, "OOM")
    tool.prints(b"\x1b[31mError:\x1b[0m\tOOM\x07 " + b"x" * 5000 + b"\r\n")
    async with watched.running():
        await until(found(watched, "OOM", 1))
    assert watched.line("OOM").startswith("Error: OOM x")
    assert len(watched.line("OOM")) == log_watch.LONGEST_LINE


@pytest.mark.parametrize(("encoding", "written"), [("utf-16", "utf-16-le"), ("cp852", "cp852")])
async def test_logs_of_windows_are_understood(tmp_path: Path, encoding: str, written: str) -> None:
    tool = Tool(tmp_path / "tool.log", encoding=encoding)
    watched = Watched(tool, "^nedostatek paměti$")
    tool.prints("spuštěno\r\nnedostatek paměti\r\nkonec\r\n".encode(written))
    async with watched.running():
        await until(found(watched, "^nedostatek paměti$", 1))
    assert watched.line("^nedostatek paměti$") == "nedostatek paměti"
