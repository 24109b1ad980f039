"""The two clocks, handed over so that tests can turn them, and the beat of what comes again and again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The wall clock: an aware time in UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow; for durations and timers."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def until_beat(seconds: float) -> float:
    """How long to sleep until about so many seconds from now: until a whole multiple of them by the wall clock, as
    everybody else sleeps, so that the process is woken once for all of them.

    What comes sooner than in a quarter of them is left out: a sleeper may be woken a little early."""
    left = seconds - time.time() % seconds
    return left if left >= seconds / 4 else left + seconds
