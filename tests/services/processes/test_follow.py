"""Following: each byte once, whole lines where possible, and at once."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from backend.services.processes.follow import follow
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log, Piece
from keeper.log_place import LOOK
from keeper.logs import LogWriter


class Tool:
    """A log that is written here and told to those who follow, as the keeper does."""

    def __init__(self, live: Path, max_size: int = 1_000_000, encoding: str = "utf-8") -> None:
        self.asked: list[tuple[str, bool]] = []
        self.growth = Growth(lambda path, on: self.asked.append((path, on)))
        self.log = Log(live, encoding)
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
    assert tool.asked == [(str(tool.log.live), True), (str(tool.log.live), False)]
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
    growth = Growth(lambda path, on: None)
    live = tmp_path / "later.log"
    async with aclosing(follow(Log(live), growth, 0)) as pieces:
        coming = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0.05)
        live.write_bytes(b"here\n")
        growth.tell(str(live))
        assert (await coming).data == b"here\n"


async def test_a_log_that_is_deleted_while_it_is_followed_is_a_gap_and_nothing_comes_twice(tmp_path: Path) -> None:
    tool = Tool(tmp_path / "logs" / "tool.log", max_size=100)
    tool.prints(b"x" * 249 + b"\n")
    got: list[Piece] = []
    async with aclosing(tool.followed()) as pieces:
        while not got or got[-1].end < 250:
            got.append(await anext(pieces))
        shutil.rmtree(tool.log.live.parent)
        coming = asyncio.ensure_future(anext(pieces))
        tool.growth.tell(str(tool.log.live))  # as after a write into the deleted file
        await asyncio.sleep(LOOK)
        tool.prints(b"after\n")
        assert await coming == Piece(250, b"after\n")
        tool.log.live.unlink()
        tool.prints(b"lost\n")
        await asyncio.sleep(LOOK)
        tool.prints(b"after all\n")
        assert await anext(pieces) == Piece(261, b"after all\n", gap=True)


async def test_a_log_that_was_emptied_goes_on_where_it_was(tool: Tool) -> None:
    tool.prints(b"before\n")
    async with aclosing(tool.followed()) as pieces:
        assert (await anext(pieces)).end == 7
        tool.log.live.write_bytes(b"")
        tool.prints(b"after\n")
        assert await anext(pieces) == Piece(7, b"after\n")


async def test_another_log_in_its_place_is_read_from_its_beginning(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.services.processes.follow.DISBELIEF", 0.05)
    tool.prints(b"new\n")
    async with aclosing(tool.followed(start=5000)) as pieces:
        coming = asyncio.ensure_future(anext(pieces))
        while not coming.done():
            tool.growth.tell(str(tool.log.live))
            await asyncio.sleep(0.01)
        assert await coming == Piece(0, b"", gap=True)
        assert await anext(pieces) == Piece(0, b"new\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16", "utf-32", "shift_jis", "cp437", "gb18030"])
async def test_lines_of_every_encoding_come_whole(tmp_path: Path, encoding: str) -> None:
    """U+010A and its like hold the byte of a line end."""
    words = "ĊĀ ਊ" if encoding.startswith(("utf", "gb")) else "ソ表 end" if encoding == "shift_jis" else "é½ end"
    text = f"one {words}\r\ntwo\n" * 50
    tool = Tool(tmp_path / "tool.log", max_size=131, encoding=encoding)
    data = text.encode({"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding))
    got = ""
    async with aclosing(tool.followed(limit=77)) as pieces:
        for at in range(0, len(data), 7):
            tool.prints(data[at : at + 7])
        while len(got) < len(text):
            got += tool.log.text(await anext(pieces))
    assert got == text
    ends, lines, rest = tool.log.encoding.lines(data, 0)
    assert lines == text.replace("\r", "").splitlines()
    assert (len(ends), ends[-1], rest) == (len(lines), len(data), b"")


async def test_a_line_of_a_megabyte_comes_in_parts_and_whole(tool: Tool) -> None:
    line = ("€" * 400_000 + "\n").encode()
    tool.prints(line)
    got, text = 0, ""
    async with aclosing(tool.followed()) as pieces:
        while got < len(line):
            piece = await anext(pieces)
            text += tool.log.text(piece)
            got = piece.end
    assert text == line.decode()


async def test_what_is_no_text_is_shown_and_stops_nothing(tool: Tool) -> None:
    tool.prints(b"\xff\xfe\x00 nul \xc3\n\xe2\x82\n\x1b[31mred\x1b[0m\n")
    async with aclosing(tool.followed()) as pieces:
        piece = await anext(pieces)
        assert tool.log.text(piece) == "��\x00 nul �\n�\n\x1b[31mred\x1b[0m\n"
        tool.prints(b"\xe2\x82")  # half a character, and nothing comes behind it
        assert (await anext(pieces)).data == b"\xe2\x82"
