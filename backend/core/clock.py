"""The two clocks, handed over so that tests can turn them."""

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
