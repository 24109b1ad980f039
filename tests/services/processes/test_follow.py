"""Following: each byte once, whole lines where possible, and at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from backend.services.processes.follow import follow
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log, Piece
from keeper.logs import LogWriter


class Tool:
    """A log that is written here and told to those who follow, as the keeper does."""

    def __init__(self, live: Path, max_size: int = 1_000_000) -> None:
        self.asked: list[str] = []
        self.growth = Growth(self.asked.append)
        self.log = Log(live)
        self.writer = LogWriter(live, max_size, 100)

    def prints(self, data: bytes) -> None:
        self.writer.write(data)
        self.growth.tell(str(self.log.live))

    def followed(self, start: int = 0, limit: int = 1 << 18) -> AsyncGenerator[Piece]:
        return follow(self.log, self.growth, start, limit)


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    return Tool(tmp_path / "tool.log")


async def test_what_is_there_comes_first_and_news_at_once(tool: Tool) -> None:
    tool.prints(b"one\ntwo\n")
    async with aclosing(tool.followed()) as pieces:
        assert (await anext(pieces)).data == b"one\ntwo\n"
        coming = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0)
        begun = time.monotonic()
        tool.prints(b"three\n")
        assert (await coming).data == b"three\n"
        assert time.monotonic() - begun < 0.5
    assert tool.asked == [str(tool.log.live)]
    assert not tool.growth.watched(str(tool.log.live))


async def test_a_line_in_the_making_waits_a_moment_for_its_end(tool: Tool) -> None:
    tool.prints(b"done\nhalf")
    async with aclosing(tool.followed()) as pieces:
        assert (await anext(pieces)).data == b"done\n"
        coming = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0)
        tool.prints(b" whole\n")
        assert (await coming).data == b"half whole\n"


async def test_a_prompt_without_an_end_comes_all_the_same(tool: Tool) -> None:
    tool.prints(b"Continue? [y/n] ")
    async with aclosing(tool.followed()) as pieces:
        assert (await anext(pieces)).data == b"Continue? [y/n] "


async def test_a_progress_bar_moves(tool: Tool) -> None:
    tool.prints(b"10%\r20%\r30")
    async with aclosing(tool.followed()) as pieces:
        assert (await anext(pieces)).data == b"10%\r20%\r"


async def test_a_character_is_never_cut_in_two(tool: Tool) -> None:
    euro = "€".encode()
    tool.prints(b"cost 5" + euro[:2])
    async with aclosing(tool.followed()) as pieces:
        assert (await anext(pieces)).data == b"cost 5"
        tool.prints(euro[2:] + b"\n")
        assert (await anext(pieces)).data == euro + b"\n"


async def test_rotation_loses_and_repeats_nothing(tmp_path: Path) -> None:
    tool = Tool(tmp_path / "tool.log", max_size=100)
    expected = b"".join(b"line %d\n" % number for number in range(500))
    got = b""
    async with aclosing(tool.followed(limit=64)) as pieces:
        for line in expected.splitlines(keepends=True):
            tool.prints(line)
        while len(got) < len(expected):
            piece = await anext(pieces)
            assert not piece.gap
            got += piece.data
    assert got == expected


async def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    growth = Growth(lambda path: None)
    live = tmp_path / "later.log"
    async with aclosing(follow(Log(live), growth, 0)) as pieces:
        coming = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0.05)
        live.write_bytes(b"here\n")
        growth.tell(str(live))
        assert (await coming).data == b"here\n"
