"""A followed log as server-sent events, one frame a line; `id` is the offset behind the line.

Frames are made on the event loop, in strokes of half a millisecond or so, and one stroke of all streams a turn of the
loop: a request takes a handful of turns. A thread that makes them would keep the loop waiting for the interpreter
several times a request.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted  # what some clients take for a line end is escaped
from typing import Any

from backend.services.processes.follow import follow
from backend.services.processes.growth import Growth
from backend.services.processes.levels import levels_of
from backend.services.processes.lines import Lines, Stretch
from backend.services.processes.logs import Log, Piece

PING = 15.0  # seconds between signs of life on a quiet stream
PIECE = 1 << 17  # bytes read at once
STROKE = 125  # lines

Ended = Callable[[], Awaitable[Mapping[str, Any]]]
"""The outcome of what wrote the log, once nothing more is written."""


class LogStream:
    """`stroke` is shared by all streams. With `ended` the log comes to an end; the last event, `complete`, then tells
    the outcome."""

    def __init__(self, log: Log, growth: Growth, start: int, stroke: asyncio.Lock, ended: Ended | None = None) -> None:
        self._log = log
        self._growth = growth
        self._start = start
        self._stroke = stroke
        self._ended = ended

    async def frames(self, closing: asyncio.Event) -> AsyncGenerator[bytes]:
        """Blocks of whole frames, and comments while all is quiet, until the event is set or the log has ended."""
        yield b": here follows the log\n\n"
        async with ending(closing.wait) as over, ending(self._ended) as last:
            assert over is not None
            async with aclosing(self._blocks(over, last)) as blocks:
                async for block in blocks:
                    yield block
            if last is not None and not over.done():
                yield f"event: complete\ndata: {json.dumps(last.result())}\n\n".encode()

    async def _blocks(
        self, over: asyncio.Future[Any], last: asyncio.Future[Mapping[str, Any]] | None
    ) -> AsyncGenerator[bytes]:
        lines = Lines(self._log.encoding, self._start)
        pieces = _until(over, follow(self._log, self._growth, self._start, PIECE, last))
        async with aclosing(pieces):
            async for piece in pieces:
                if piece is None:
                    yield b": still here\n\n"
                    continue
                for part in _strokes(lines.take(piece)):
                    async with self._stroke:
                        block = encode(part)
                        await asyncio.sleep(0)
                    yield block
        if not over.done():
            for part in lines.finish():
                yield encode(part)


@asynccontextmanager
async def ending(wait: Callable[[], Awaitable[Any]] | None) -> AsyncGenerator[asyncio.Future[Any] | None]:
    """The end that is waited for meanwhile."""
    if wait is None:
        yield None
        return
    end = asyncio.ensure_future(wait())
    try:
        yield end
    finally:
        end.cancel()
        await asyncio.gather(end, return_exceptions=True)


async def _until(over: asyncio.Future[Any], pieces: AsyncGenerator[Piece]) -> AsyncGenerator[Piece | None]:
    """The pieces, and None whenever none came for a while; ends with them or with `over`."""
    async with aclosing(pieces):
        coming = asyncio.ensure_future(anext(pieces, None))
        try:
            while not over.done():
                done, _ = await asyncio.wait({coming, over}, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    yield None
                elif coming in done:
                    if (piece := coming.result()) is None:
                        return
                    yield piece
                    coming = asyncio.ensure_future(anext(pieces, None))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


def _strokes(stretches: list[Stretch]) -> Iterator[Stretch]:
    for moment, ends, messages in stretches:
        for at in range(0, len(ends), STROKE):
            yield Stretch(moment, ends[at : at + STROKE], messages[at : at + STROKE])


def entries(lines: Stretch) -> list[str]:
    """A JSON object for each line, with the time at which it began to come."""
    stamp = None if lines.moment is None else datetime.fromtimestamp(lines.moment / 1000, UTC).isoformat()
    head = f'{{"timestamp": {json.dumps(stamp)}, "level": "'
    rows = zip(levels_of(lines.messages), map(quoted, lines.messages), strict=True)
    return [f'{head}{level}", "message": {text}}}' for level, text in rows]


def encode(lines: Stretch) -> bytes:
    """A frame for each line."""
    rows = zip(lines.ends, entries(lines), strict=True)
    return "".join([f"id: {end}\nevent: log\ndata: {entry}\n\n" for end, entry in rows]).encode()
