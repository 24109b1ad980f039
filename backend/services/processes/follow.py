"""Follows a log from an offset: each byte once, across rotations, restarts of the tool and of the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log, Piece

PARTIAL_PATIENCE = 0.05  # seconds that an unfinished line may wait for its end
ANYWAY = 5.0  # seconds after which a look is taken without being told


async def follow(log: Log, growth: Growth, start: int, limit: int = 1 << 18) -> AsyncGenerator[Piece]:
    """Pieces that end with a line where possible; an unfinished last line comes after a moment. Never ends."""
    at = start
    waited = False
    with growth.watch(str(log.live)) as grew:
        while True:
            grew.clear()
            piece = await asyncio.to_thread(log.read, at, limit)
            if not piece.data and not piece.gap:
                await _until(grew, ANYWAY)
                continue
            whole = max(piece.data.rfind(b"\n"), piece.data.rfind(b"\r")) + 1
            if not whole and not waited and len(piece.data) < limit:
                waited = True
                await asyncio.sleep(PARTIAL_PATIENCE)
                continue
            waited = False
            piece = Piece(piece.start, piece.data[:whole] if whole else _whole_characters(piece.data), piece.gap)
            at = piece.end
            yield piece


async def _until(grew: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await grew.wait()
    except TimeoutError:
        pass


def _whole_characters(data: bytes) -> bytes:
    """Leaves off the beginning of a UTF-8 character whose rest has not come yet."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[:-back] if needed > back and len(data) > back else data
        if byte < 0x80:
            break
    return data
