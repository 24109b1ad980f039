"""A followed log as server-sent events, one frame a line; `id` is the offset behind the line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

from backend.services.processes.follow import follow
from backend.services.processes.growth import Growth
from backend.services.processes.levels import level_of
from backend.services.processes.logs import Log, Piece

PING = 15.0  # seconds between signs of life on a quiet stream
LONGEST = 1 << 22  # bytes of a line that wait for its end; then it is sent as it is


class LogStream:
    def __init__(self, log: Log, growth: Growth, start: int) -> None:
        self._log = log
        self._growth = growth
        self._rest = b""  # of a line that has no end yet
        self._at = start  # offset of `_rest`

    async def frames(self, closing: asyncio.Event) -> AsyncIterator[bytes]:
        """Until the event is set. Blocks of whole frames, and comments while all is quiet."""
        yield b": here follows the log\n\n"
        over = asyncio.ensure_future(closing.wait())
        pieces = follow(self._log, self._growth, self._at)
        async with aclosing(pieces):
            coming = asyncio.ensure_future(anext(pieces))
            try:
                while not over.done():
                    done, _ = await asyncio.wait({coming, over}, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
                    if not done:
                        yield b": still here\n\n"
                    elif coming in done:
                        if block := await asyncio.to_thread(self.encode, coming.result()):
                            yield block
                        coming = asyncio.ensure_future(anext(pieces))
            finally:
                for waiting in (over, coming):
                    waiting.cancel()
                await asyncio.gather(over, coming, return_exceptions=True)

    def encode(self, piece: Piece) -> bytes:
        """The frames of the lines that end in this piece, each with the time at which it began to come."""
        if piece.gap:
            self._rest, self._at = b"", piece.start
        start = self._at
        lines, self._rest = self._log.encoding.lines(self._rest + piece.data, start)
        if len(self._rest) > LONGEST:
            lines.append((piece.end, self._log.encoding.decode(self._rest, piece.end - len(self._rest))))
            self._rest = b""
        self._at = piece.end - len(self._rest)
        if not lines:
            return b""
        times = self._log.arrivals(start, piece.end)
        stamp, known = None, 0
        frames = []
        for end, message in lines:
            while known < len(times) and times[known][0] <= start:
                stamp = datetime.fromtimestamp(times[known][1] / 1000, UTC).isoformat()
                known += 1
            data = json.dumps({"timestamp": stamp, "level": level_of(message), "message": message}, ensure_ascii=False)
            frames.append(f"id: {end}\nevent: log\ndata: {data}\n\n")
            start = end
        return "".join(frames).encode("utf-8", "replace")
