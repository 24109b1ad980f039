"""When counters are read: at most once per age that callers accept, however many ask, and always as a pair.

What counters mean lies between two readings. When there is no earlier one, or it is so old that the difference would
speak of the past, two are taken a moment apart: the first answer is as true as the later ones, and waiting for it
blocks nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from backend.core.clock import Clock

R = TypeVar("R")
D = TypeVar("D")

FIRST_SPAN = 0.2
LEAST_SPAN = 0.1
STALE_AFTER = 10.0


class Taken(NamedTuple, Generic[R]):
    at: float
    reading: R


class Pace(Generic[R, D]):
    """`read` and `derive` run in a thread, one at a time.

    `derive(before, after, seconds)` makes of two readings what callers want.
    """

    def __init__(
        self,
        read: Callable[[], R],
        derive: Callable[[R, R, float], D],
        *,
        clock: Clock,
        stale_after: float = STALE_AFTER,
    ) -> None:
        self._read = read
        self._derive = derive
        self._clock = clock
        self._stale_after = stale_after
        self._turn = asyncio.Lock()
        self._last: Taken[R] | None = None
        self._derived: D | None = None

    async def latest(self, max_age: float) -> D:
        """At most `max_age` seconds old; never younger than a tenth of a second after the one before."""
        async with self._turn:
            before = self._last
            age = self._clock.monotonic() - before.at if before else float("inf")
            if self._derived is not None and age <= max(max_age, LEAST_SPAN):
                return self._derived
            if before is None or age > self._stale_after:
                before = await asyncio.to_thread(self._take)
                await asyncio.sleep(FIRST_SPAN)
            self._last, derived = await asyncio.to_thread(self._next, before)
            self._derived = derived
            return derived

    def _take(self) -> Taken[R]:
        return Taken(self._clock.monotonic(), self._read())

    def _next(self, before: Taken[R]) -> tuple[Taken[R], D]:
        after = self._take()
        return after, self._derive(before.reading, after.reading, after.at - before.at)
