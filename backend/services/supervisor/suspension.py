"""Notices that the machine slept, or that the daemon was halted: what was counted per time meanwhile means nothing.
And that the wall clock was set back: what is told from then on bears times that were there before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from backend.core.clock import Clock, until_beat

TICK = 1.0  # seconds, about, between looks at the clocks
JUMP = 5.0  # seconds that a tick may be late by either clock


async def watch_for_suspension(
    clock: Clock, resumed: Callable[[float], None], set_back: Callable[[float], None]
) -> None:
    """Until cancelled; `resumed` is told how many seconds are missing, `set_back` by how many the wall clock was.

    A suspended machine's monotonic clock stands still on Linux and goes on elsewhere, a halted process's goes on
    everywhere; so the wall clock is compared with both the monotonic one and the length of a tick."""
    while True:
        wall, mono, tick = clock.now(), clock.monotonic(), until_beat(TICK)
        await asyncio.sleep(tick)
        passed = (clock.now() - wall).total_seconds()
        ahead = passed - (clock.monotonic() - mono)
        late = clock.monotonic() - mono - tick
        if (missing := max(ahead, late)) > JUMP:
            resumed(missing)
        elif ahead < -JUMP:
            set_back(-ahead)
