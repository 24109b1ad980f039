"""Follows a log from an offset: each byte once, across rotations, restarts of the tool, the daemon and the keeper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log, Piece

PARTIAL_PATIENCE = 0.05  # seconds that an unfinished line may wait for its end
ANYWAY = 5.0  # seconds after which a look is taken without being told
DISBELIEF = 3.0  # seconds in which the keeper puts right what people do to the files, before a log counts as another


async def follow(
    log: Log, growth: Growth, start: int, limit: int = 1 << 18, last: asyncio.Future[Any] | None = None
) -> AsyncGenerator[Piece]:
    """Pieces with their times, which end with a line where possible; an unfinished last line comes after a moment.
    Ends once `last` is done, when all that stands in the log by then was given; without it never."""
    at = start
    patient = True
    behind = Behind(log)
    with growth.watch(str(log.live)) as grew:
        if last is not None:
            last.add_done_callback(lambda _: grew.set())
        while True:
            grew.clear()
            complete = last is not None and last.done()
            piece = await asyncio.to_thread(_look, log, at, limit, patient and not complete)
            if piece is None:
                patient = False
                await asyncio.sleep(PARTIAL_PATIENCE)
                continue
            if not piece.data and not piece.gap:
                if complete:
                    return
                if not await _until(grew, ANYWAY) or not await behind.another_log(at):
                    continue
                piece = Piece((await asyncio.to_thread(log.extent))[0], b"", gap=True)
            patient = True
            at = piece.end
            yield piece


def _look(log: Log, start: int, limit: int, patient: bool) -> Piece | None:
    """What is to be shown of a log from `start` on; None when an unfinished line may still get its end."""
    piece = log.read(start, limit)
    shown = log.encoding.shown_until(piece.data, piece.start)
    if not shown and patient and 0 < len(piece.data) < limit:
        return None
    shown = shown or log.encoding.whole_characters(piece.data, piece.start)
    piece = Piece(piece.start, piece.data[:shown], piece.gap)
    return log.with_times(piece) if shown else piece


class Behind:
    """Notices that a log has begun again at lower offsets, as where the data folder was deleted with it. A live file
    that a person emptied or replaced looks so too, until the keeper's next look at it."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._since: float | None = None

    async def another_log(self, at: int) -> bool:
        """Asked when the log grew and yet holds nothing from offset `at` on."""
        first, end = await asyncio.to_thread(self._log.extent)
        now = asyncio.get_running_loop().time()
        if not first < end < at:
            self._since = None
            return False
        self._since = self._since or now
        if now - self._since < DISBELIEF:
            return False
        self._since = None
        return True


async def _until(grew: asyncio.Event, seconds: float) -> bool:
    """Whether it grew in that time."""
    try:
        async with asyncio.timeout(seconds):
            return await grew.wait()
    except TimeoutError:
        return False
