"""Streams of logs by themselves: how they end, and that they leave the event loop to others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from backend.api.log_stream import STROKE, LogStream
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log


class Writer:
    """A log that is written here, by something that ends when it is told to."""

    def __init__(self, live: Path, data: bytes = b"") -> None:
        live.write_bytes(data)
        self.live = live
        self.asked: list[bool] = []
        self.growth = Growth(lambda path, on: self.asked.append(on))
        self.stroke = asyncio.Lock()
        self.over = asyncio.Event()

    async def ended(self) -> Mapping[str, Any]:
        await self.over.wait()
        return {"status": "completed", "exit_code": 0}

    def stream(self) -> LogStream:
        return LogStream(Log(self.live), self.growth, 0, self.stroke, self.ended)

    def says(self, data: bytes) -> None:
        with self.live.open("ab") as file:
            file.write(data)
        self.growth.tell(str(self.live))


async def whole(stream: LogStream) -> bytes:
    return b"".join([block async for block in stream.frames(asyncio.Event())])


async def test_what_is_written_last_comes_before_the_outcome(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.log", b"one\n")
    reading = asyncio.ensure_future(whole(writer.stream()))
    while True not in writer.asked:
        await asyncio.sleep(0)
    writer.says(b"two\nthree")
    writer.over.set()
    text = (await reading).decode()
    assert [line.split(": ")[1] for line in text.splitlines() if line.startswith("id")] == ["4", "8", "13"]
    assert text.endswith('event: complete\ndata: {"status": "completed", "exit_code": 0}\n\n')
    assert writer.asked == [True, False], "nobody is told of its growth any more"


async def test_a_daemon_that_leaves_ends_the_stream_and_tells_no_outcome(tmp_path: Path) -> None:
    writer, closing = Writer(tmp_path / "run.log", b"one\nhalf"), asyncio.Event()
    async with aclosing(writer.stream().frames(closing)) as frames:
        text = await anext(frames) + await anext(frames)
        closing.set()
        text += b"".join([block async for block in frames])
    assert b"complete" not in text
    assert b"half" not in text, "it may not be whole yet"
    assert writer.asked == [True, False]


async def test_a_quiet_stream_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.log_stream.PING", 0.01)
    async with aclosing(Writer(tmp_path / "run.log").stream().frames(asyncio.Event())) as frames:
        assert [await anext(frames) for _ in range(3)][1:] == [b": still here\n\n"] * 2


async def test_others_have_their_turn_between_strokes_however_many_streams_there_are(tmp_path: Path) -> None:
    lines, streams, turns = 20 * STROKE, 3, 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    writer = Writer(tmp_path / "run.log", b"".join(b"line %d\n" % number for number in range(lines)))
    writer.over.set()
    ticking = asyncio.ensure_future(other())
    texts = await asyncio.gather(*(whole(writer.stream()) for _ in range(streams)))
    ticking.cancel()
    assert [text.count(b"\nevent: log\n") for text in texts] == [lines] * streams
    assert turns >= streams * lines // STROKE
